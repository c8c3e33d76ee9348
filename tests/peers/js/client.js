// SPDX-License-Identifier: GPL-2.0-or-later
// noble as a GATT client: finds a name, connects, takes the plan's steps, disconnects.
'use strict';

// btvirt reports an advertiser once; noble waits for a second report unless told not to.
process.env.NOBLE_REPORT_ALL_HCI_EVENTS = '1';

const { canonical, fail, finish, observe, start } = require('./report');
const { Inbox, check, walk } = require('./steps');

const { name, plan } = start(`QB_H4_SOCKET=PATH NODE_PATH=MODULES node client.js NAME PLAN [SECONDS]

PLAN is JSON: {"steps": [STEP...], "mtu": MTU, "extended": BOOL,
  "expect": [PART OF AN OBSERVATION...]}
extended: whether it scans and connects with extended commands. STEP, where UUID is a
characteristic's and VALUE is in hex:
  {"do": "discover"}
  {"do": "read", "uuid": UUID, "value": VALUE}         value: what must come, if given
  {"do": "write", "uuid": UUID, "value": VALUE, "response": true|false}
  {"do": "subscribe", "uuid": UUID}                    notifications, else indications
  {"do": "unsubscribe", "uuid": UUID}
  {"do": "await", "uuid": UUID, "values": [VALUE...]}  what must have come, in this order
  {"do": "readDescriptor", "uuid": UUID, "descriptor": UUID, "value": VALUE}
  {"do": "writeDescriptor", "uuid": UUID, "descriptor": UUID, "value": VALUE}`);

require('./h4-socket');
// Left to itself noble begins with legacy scan commands and goes on with extended ones as soon as
// it has read the features, which a controller must refuse (Core 5.4, Vol 4, Part E, 3.1.1).
const noble = require('@stoprocent/noble').withBindings('hci', {
  extended: Boolean(plan.extended),
  userChannel: true,
});

const characteristics = new Map();
const inbox = new Inbox();

function find(uuid) {
  const found = characteristics.get(canonical(uuid));
  if (!found) throw new Error(`no characteristic ${uuid} was discovered`);
  return found;
}

function findDescriptor({ uuid, descriptor }) {
  const wanted = canonical(descriptor);
  const found = find(uuid).descriptors.find((one) => canonical(one.uuid) === wanted);
  if (!found) throw new Error(`characteristic ${uuid} has no descriptor ${descriptor}`);
  return found;
}

async function discover(peripheral) {
  const services = await peripheral.discoverServicesAsync([]);
  for (const service of services) {
    observe('service', { uuid: canonical(service.uuid) });
    for (const characteristic of await service.discoverCharacteristicsAsync([])) {
      const uuid = canonical(characteristic.uuid);
      const descriptors = await characteristic.discoverDescriptorsAsync();
      characteristics.set(uuid, characteristic);
      characteristic.on('data', (data, isNotification) => {
        if (isNotification) inbox.put(uuid, data);
      });
      observe('characteristic', {
        uuid,
        service: canonical(service.uuid),
        properties: characteristic.properties,
        descriptors: descriptors.map((one) => canonical(one.uuid)),
      });
    }
  }
}

const steps = {
  async read(step) {
    const value = (await find(step.uuid).readAsync()).toString('hex');
    observe('read', { uuid: canonical(step.uuid), value });
    check(value, step.value);
  },

  async write({ uuid, value, response = true }) {
    await find(uuid).writeAsync(Buffer.from(value, 'hex'), !response);
    observe('written', { uuid: canonical(uuid), response, length: value.length / 2 });
  },

  async subscribe({ uuid }) {
    await find(uuid).subscribeAsync();
    observe('subscribed', { uuid: canonical(uuid) });
  },

  async unsubscribe({ uuid }) {
    await find(uuid).unsubscribeAsync();
    observe('unsubscribed', { uuid: canonical(uuid) });
  },

  await: (step) => inbox.take(step),

  async readDescriptor(step) {
    const value = (await findDescriptor(step).readValueAsync()).toString('hex');
    observe('read', { uuid: canonical(step.uuid), descriptor: canonical(step.descriptor), value });
    check(value, step.value);
  },

  async writeDescriptor(step) {
    await findDescriptor(step).writeValueAsync(Buffer.from(step.value, 'hex'));
    observe('written', { uuid: canonical(step.uuid), descriptor: canonical(step.descriptor) });
  },
};

function discovered() {
  return new Promise((resolve) => {
    noble.on('discover', (peripheral) => {
      if (peripheral.advertisement.localName === name) resolve(peripheral);
    });
  });
}

async function main() {
  await noble.waitForPoweredOnAsync();
  const found = discovered();
  await noble.startScanningAsync([], true);
  const peripheral = await found;
  observe('found', { name, address: peripheral.address, type: peripheral.addressType });
  await noble.stopScanningAsync();

  let leaving = false;
  peripheral.once('disconnect', (reason) => {
    observe('disconnected', { reason });
    if (!leaving) fail('the peer ended the link');
  });
  peripheral.once('mtu', (mtu) => observe('mtu', { mtu }));
  await peripheral.connectAsync(plan.mtu ? { mtu: plan.mtu } : {});
  observe('connected');

  await walk(plan, { ...steps, discover: () => discover(peripheral) });

  leaving = true;
  await peripheral.disconnectAsync();
  finish(plan.expect);
}

main().catch((error) => fail(error.message));
