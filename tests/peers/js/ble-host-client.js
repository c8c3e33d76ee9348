// SPDX-License-Identifier: GPL-2.0-or-later
// ble-host as a GATT client: finds a name, connects, takes the plan's steps, disconnects.
'use strict';

const { canonical, fail, finish, observe, start } = require('./report');
const { Inbox, check, walk } = require('./steps');

const { name, plan } = start(
  `QB_H4_SOCKET=PATH NODE_PATH=MODULES node ble-host-client.js NAME PLAN [SECONDS]

PLAN is JSON: {"steps": [STEP...], "expect": [PART OF AN OBSERVATION...]}. STEP, where UUID is a
characteristic's and VALUE is in hex; with "error": NAME, it must fail with what ble-host calls so:
  {"do": "mtu"}                                        asks for 517
  {"do": "discover"}
  {"do": "read", "uuid": UUID, "value": VALUE}         value: what must come, if given
  {"do": "findService", "uuid": UUID, "start": HANDLE, "end": HANDLE}   all by that UUID: this one
  {"do": "write", "uuid": UUID, "value": VALUE, "response": true|false}
  {"do": "reliable", "writes": [{"uuid": UUID, "value": VALUE}...], "commit": true|false}
  {"do": "subscribe", "uuid": UUID, "notify": true|false, "indicate": true|false}
  {"do": "await", "uuid": UUID, "values": [VALUE...]}  what must have come, in this order
  {"do": "readDescriptor", "uuid": UUID, "descriptor": UUID, "value": VALUE}
  {"do": "writeDescriptor", "uuid": UUID, "descriptor": UUID, "value": VALUE}
  {"do": "update", "interval": N, "latency": N, "timeout": N}
  {"do": "pair", "failure": NAME}                      the name of a reason of the peer's
  {"do": "channel", "psm": PSM, "refusal": NAME}       a credit based one`);

const { HciErrors, L2CAPCoCErrors, SmpErrors } = require('ble-host');
const { ask, list, open, parameters, spell } = require('./ble-host');

const characteristics = new Map();
const inbox = new Inbox();

function find(uuid) {
  const found = characteristics.get(canonical(uuid));
  if (!found) throw new Error(`no characteristic ${uuid} was discovered`);
  return found;
}

function findDescriptor({ uuid, descriptor }) {
  const wanted = canonical(descriptor);
  const found = find(uuid).known.find((one) => canonical(one.uuid) === wanted);
  if (!found) throw new Error(`characteristic ${uuid} has no descriptor ${descriptor}`);
  return found;
}

async function discover(conn) {
  for (const service of await list((done) => conn.gatt.discoverAllPrimaryServices(done))) {
    const { startHandle, endHandle } = service;
    observe('service', { uuid: canonical(service.uuid), start: startHandle, end: endHandle });
    for (const one of await list((done) => service.discoverCharacteristics(done))) {
      const uuid = canonical(one.uuid);
      one.known = await list((done) => one.discoverDescriptors(done));
      characteristics.set(uuid, one);
      one.on('change', (data, indication, confirm) => {
        inbox.put(uuid, data, { indication });
        if (indication) confirm();
      });
      observe('characteristic', {
        uuid,
        handle: one.valueHandle,
        properties: Object.keys(one.properties).filter((key) => one.properties[key]),
        descriptors: one.known.map((descriptor) => canonical(descriptor.uuid)),
      });
    }
  }
}

// A step that reads or writes: its outcome is observed, and must be the one that it names.
async function attempt(step, what, begin) {
  const outcome = await ask(begin).then(
    (value) => ({ value: Buffer.isBuffer(value) ? value.toString('hex') : undefined }),
    (error) => ({ error: error.message }));
  observe(what, { uuid: canonical(step.uuid), ...outcome });
  if (outcome.error !== step.error) {
    throw new Error(`ended with ${outcome.error || 'success'}, not ${step.error || 'success'}`);
  }
  if (what === 'read') check(outcome.value, step.value);
}

function stepsOn(conn) {
  return {
    async mtu() {
      await ask((done) => conn.gatt.exchangeMtu(done));
      observe('mtu', { mtu: conn.gatt.currentMtu });
    },

    discover: () => discover(conn),
    await: (step) => inbox.take(step),
    read: (step) => attempt(step, 'read', (done) => find(step.uuid).read(done)),
    readDescriptor: (step) => attempt(step, 'read', (done) => findDescriptor(step).read(done)),

    write(step) {
      const value = Buffer.from(step.value, 'hex');
      const one = find(step.uuid);
      if (step.response === false) {
        return list((done) => one.writeWithoutResponse(value, undefined, done));
      }
      return attempt(step, 'written', (done) => one.write(value, done));
    },

    writeDescriptor: (step) => attempt(step, 'written',
      (done) => findDescriptor(step).write(Buffer.from(step.value, 'hex'), done)),

    subscribe: (step) => attempt(step, 'subscribed',
      (done) => find(step.uuid).writeCCCD(Boolean(step.notify), Boolean(step.indicate), done)),

    async findService({ uuid, start: first, end }) {
      const found = await list(
        (done) => conn.gatt.discoverServicesByUuid(spell(uuid), undefined, done));
      const ranges = found.map((one) => [one.startHandle, one.endHandle]);
      observe('services', { uuid: canonical(uuid), ranges });
      check(JSON.stringify(ranges), JSON.stringify([[first, end]]));
    },

    // Each is read back by ble-host while it is prepared.
    async reliable({ writes, commit }) {
      conn.gatt.beginReliableWrite();
      for (const { uuid, value } of writes) {
        await ask((done) => find(uuid).write(Buffer.from(value, 'hex'), done));
      }
      const end = commit ? 'commitReliableWrite' : 'cancelReliableWrite';
      await ask((done) => conn.gatt[end](done));
      observe('reliable', { commit });
    },

    async update({ interval, latency, timeout }) {
      const wanted = parameters(interval, latency, timeout);
      const status = await list((done) => conn.updateConnParams(wanted, done));
      check(HciErrors.toString(status), 'SUCCESS');
      observe('updated');
    },

    async pair({ failure }) {
      const reason = await new Promise((resolve, reject) => {
        conn.smp.once('pairingComplete', () => reject(new Error('they are paired')));
        conn.smp.once('pairingFail',
          (why, remote) => resolve(remote ? SmpErrors.toString(why) : 'not the peer'));
        conn.smp.sendPairingRequest({});
      });
      observe('pairingFailed', { reason });
      check(reason, failure);
    },

    async channel({ psm, refusal }) {
      const result = await list((done) => conn.l2capCoCManager.connect(psm, false, 64, done));
      observe('channel', { psm, result: L2CAPCoCErrors.toString(result) });
      check(L2CAPCoCErrors.toString(result), refusal);
    },
  };
}

async function main() {
  const manager = await open();
  const scanner = manager.startScan({});
  const report = await new Promise((resolve) => {
    scanner.on('report', (one) => {
      if (one.connectable && one.parsedDataItems.localName === name) resolve(one);
    });
  });
  scanner.stopScan();
  observe('found', { name, address: report.address, type: report.addressType });
  // It would try for ever to connect to a peer that is not there: hence the scan before.
  const conn = await list((done) => manager.connect(report.addressType, report.address, {}, done));
  observe('connected');

  let leaving = false;
  const left = new Promise((resolve) => {
    conn.on('disconnect', (reason) => {
      observe('disconnected', { reason: HciErrors.toString(reason) });
      if (!leaving) fail('the peer ended the link');
      resolve();
    });
  });
  await walk(plan, stepsOn(conn));
  leaving = true;
  conn.disconnect();
  await left;
  finish(plan.expect);
}

main().catch((error) => fail(error.message));
