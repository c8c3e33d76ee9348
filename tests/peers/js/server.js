// SPDX-License-Identifier: GPL-2.0-or-later
// bleno as a GATT server: publishes the plan's services under a name, until its client leaves.
'use strict';

const { canonical, fail, finish, observe, start } = require('./report');

const { name, plan } = start(`QB_H4_SOCKET=PATH NODE_PATH=MODULES node server.js NAME PLAN [SECONDS]

PLAN is JSON, values in hex: {"services": [SERVICE...], "expect": [PART OF AN OBSERVATION...]}
SERVICE: {"uuid": UUID, "characteristics": [CHARACTERISTIC...]}
CHARACTERISTIC: {"uuid": UUID, "value": VALUE, "descriptors": [{"uuid": UUID, "value": VALUE}...],
  "properties": ["read", "write", "writeWithoutResponse", "notify", "indicate"],
  "send": [VALUE...]}   notified or indicated, one after the other, to who subscribes`);

require('./h4-socket');
// What the GAP service tells; bleno reads it when it is loaded.
process.env.BLENO_DEVICE_NAME = name;
const bleno = require('@abandonware/bleno');

function characteristic(described) {
  const uuid = canonical(described.uuid);
  let value = Buffer.from(described.value || '', 'hex');
  let queue = [];
  let update = null;

  function sendNext() {
    if (update && queue.length) update(Buffer.from(queue.shift(), 'hex'));
  }

  return new bleno.Characteristic({
    uuid,
    properties: described.properties,
    descriptors: (described.descriptors || []).map((one) => new bleno.Descriptor({
      uuid: canonical(one.uuid),
      value: Buffer.from(one.value, 'hex'),
    })),
    onReadRequest(offset, callback) {
      observe('read', { uuid, offset });
      if (offset > value.length) callback(this.RESULT_INVALID_OFFSET, null);
      else callback(this.RESULT_SUCCESS, value.subarray(offset));
    },
    onWriteRequest(data, offset, withoutResponse, callback) {
      observe('write', { uuid, offset, response: !withoutResponse, value: data.toString('hex') });
      value = Buffer.concat([value.subarray(0, offset), data]);
      callback(this.RESULT_SUCCESS);
    },
    onSubscribe(room, callback) {
      observe('subscribe', { uuid, room });
      queue = (described.send || []).slice();
      update = callback;
      // bleno answers the write after this; what is sent from here on comes behind its answer.
      setImmediate(sendNext);
    },
    onUnsubscribe() {
      observe('unsubscribe', { uuid });
      update = null;
    },
    onNotify() {
      observe('notified', { uuid });
      setImmediate(sendNext);
    },
    onIndicate() {
      observe('confirmed', { uuid });
      setImmediate(sendNext);
    },
  });
}

const services = plan.services.map((service) => new bleno.PrimaryService({
  uuid: canonical(service.uuid),
  characteristics: service.characteristics.map(characteristic),
}));

bleno.on('stateChange', (state) => {
  if (state !== 'poweredOn') return fail(`bleno's controller is ${state}`);
  bleno.setServices(services, (error) => {
    if (error) return fail(error.message);
    bleno.startAdvertising(name, [], (late) => {
      if (late) return fail(late.message);
      observe('advertising', { name, address: bleno.address });
    });
  });
});
bleno.on('accept', (address) => observe('connected', { address }));
bleno.on('mtuChange', (mtu) => observe('mtu', { mtu }));
bleno.on('disconnect', (address) => {
  observe('disconnected', { address });
  finish(plan.expect);
});
