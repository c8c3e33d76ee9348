// SPDX-License-Identifier: GPL-2.0-or-later
// Stands in for the HCI socket module of noble and bleno: H4 over the unix socket $QB_H4_SOCKET.
'use strict';

const { EventEmitter } = require('events');
const Module = require('module');
const net = require('net');

const COMMAND = 0x01;

// By H4 packet type: where the length field is, and how many octets it has.
const LENGTH_FIELD = {
  0x02: { at: 3, size: 2 }, // ACL data
  0x03: { at: 3, size: 1 }, // synchronous data
  0x04: { at: 2, size: 1 }, // event
};

class H4Socket extends EventEmitter {
  constructor() {
    super();
    this._stream = null;
    this._received = Buffer.alloc(0);
  }

  bindUser() {
    const path = process.env.QB_H4_SOCKET;
    if (!path) throw new Error('QB_H4_SOCKET names no socket');
    this._stream = net.createConnection(path);
    this._stream.on('data', (chunk) => this._receive(chunk));
    this._stream.on('error', (error) => this._lost(error.message));
    this._stream.on('close', () => this._lost('closed by the controller'));
    return 0;
  }

  // bleno opens a second socket for the kernel's key store; this controller has no kernel.
  bindControl() {}

  start() {}

  stop() {
    const stream = this._stream;
    this._stream = null;
    if (stream) stream.destroy();
  }

  isDevUp() {
    return this._stream !== null;
  }

  setFilter() {}

  write(packet) {
    // One whole packet a write: btvirt waits for ever on a header that comes in two.
    if (this._stream && packet[0] >= COMMAND) this._stream.write(packet);
  }

  _receive(chunk) {
    this._received = Buffer.concat([this._received, chunk]);
    for (;;) {
      const data = this._received;
      if (data.length < 1) return;
      const field = LENGTH_FIELD[data[0]];
      if (!field) return this._lost(`sent a packet of type ${data[0]}`);
      const header = field.at + field.size;
      if (data.length < header) return;
      const end = header + data.readUIntLE(field.at, field.size);
      if (data.length < end) return;
      this._received = data.subarray(end);
      this.emit('data', Buffer.from(data.subarray(0, end)));
    }
  }

  // Neither noble nor bleno would say so, and the rest of the run would be waiting.
  _lost(why) {
    if (!this._stream) return;
    console.error(`${process.env.QB_H4_SOCKET}: ${why}`);
    process.exit(3);
  }
}

H4Socket.loadDriver = () => H4Socket;

// There is no kernel between host and controller, as on a user channel.
process.env.HCI_CHANNEL_USER = '1';

const NAMES = ['@abandonware/bluetooth-hci-socket', '@stoprocent/bluetooth-hci-socket'];
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  return NAMES.includes(request) ? __filename : resolve.call(this, request, ...rest);
};

module.exports = H4Socket;
