// SPDX-License-Identifier: GPL-2.0-or-later
// What the two programs on ble-host have in common: the host on its controller, and how it spells.
'use strict';

const { canonical, fail } = require('./report');
const H4Socket = require('./h4-socket');
const { AttErrors, BleManager } = require('ble-host');

// Its manager, once the controller is up.
function open() {
  return new Promise((resolve) => {
    const socket = new H4Socket();
    socket.bindUser();
    BleManager.create(socket, {}, (error, manager) => {
      if (error) return fail(error.message);
      manager.on('error', (late) => fail(late.message));
      resolve(manager);
    });
  });
}

// ble-host takes a short UUID as a number and a long one with its hyphens.
function spell(uuid) {
  const hex = canonical(uuid);
  return hex.length === 4 ? parseInt(hex, 16) :
    hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

// A procedure of ble-host as a promise of its value; it fails with ble-host's name of the error.
function ask(begin) {
  return new Promise((resolve, reject) => {
    begin((error, value) => {
      if (error === AttErrors.SUCCESS) resolve(value);
      else reject(new Error(AttErrors.toString(error)));
    });
  });
}

// The same for what cannot fail, as discoveries.
function list(begin) {
  return new Promise((resolve) => { begin(resolve); });
}

// What ble-host takes for connection parameters.
function parameters(interval, latency, timeout) {
  return {
    connIntervalMin: interval,
    connIntervalMax: interval,
    connLatency: latency,
    supervisionTimeout: timeout,
  };
}

module.exports = { ask, list, open, parameters, spell };
