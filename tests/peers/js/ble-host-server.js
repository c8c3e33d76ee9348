// SPDX-License-Identifier: GPL-2.0-or-later
// ble-host as a GATT server: publishes the plan's services under a name, until its client leaves.
'use strict';

const { canonical, fail, finish, observe, start } = require('./report');

const { name, plan } = start(
  `QB_H4_SOCKET=PATH NODE_PATH=MODULES node ble-host-server.js NAME PLAN [SECONDS]

PLAN is JSON, values in hex: {"services": [SERVICE...], "expect": [PART OF AN OBSERVATION...],
  "browse": BOOL,                  it discovers its client's services over the same link, too
  "security": BOOL,                it sends a Security Request when its client is there
  "update": {"interval": N, "latency": N, "timeout": N}}   what it asks of its client by L2CAP
SERVICE: {"uuid": UUID, "characteristics": [CHARACTERISTIC...]}
CHARACTERISTIC: {"uuid": UUID, "value": VALUE, "descriptors": [{"uuid": UUID, "value": VALUE}...],
  "properties": [as ble-host calls them], "send": [VALUE...]}   to who subscribes, in this order`);

const { AdvertisingDataBuilder, AttErrors, HciErrors, SmpErrors } = require('ble-host');
const { list, open, parameters, spell } = require('./ble-host');

function characteristic(described) {
  const uuid = canonical(described.uuid);
  const one = {
    uuid: spell(uuid),
    properties: described.properties,
    descriptors: (described.descriptors || []).map((descriptor) => ({
      uuid: spell(descriptor.uuid),
      value: Buffer.from(descriptor.value, 'hex'),
      readPerm: 'open',
    })),
    value: Buffer.from(described.value || '', 'hex'),

    onRead(conn, callback) {
      observe('read', { uuid });
      callback(AttErrors.SUCCESS, one.value);
    },

    onWrite(conn, needsResponse, value, callback) {
      observe('write', { uuid, response: needsResponse, value: value.toString('hex') });
      one.value = value;
      callback(AttErrors.SUCCESS);
    },

    async onSubscriptionChange(conn, notification, indication) {
      observe('subscription', { uuid, notification, indication });
      for (const text of notification || indication ? described.send || [] : []) {
        const value = Buffer.from(text, 'hex');
        if (indication) await list((done) => one.indicate(conn, value, done));
        else await list((done) => one.notify(conn, value, undefined, done));
        observe(indication ? 'confirmed' : 'notified', { uuid });
      }
    },
  };
  return one;
}

async function browse(conn) {
  for (const service of await list((done) => conn.gatt.discoverAllPrimaryServices(done))) {
    observe('service', { uuid: canonical(service.uuid) });
  }
}

async function serve(conn) {
  observe('connected', { address: conn.peerAddress });
  conn.on('disconnect', (reason) => {
    observe('disconnected', { reason: HciErrors.toString(reason) });
    finish(plan.expect);
  });
  conn.on('connectionUpdate',
    (interval, latency, timeout) => observe('update', { interval, latency, timeout }));
  conn.smp.on('pairingComplete', () => fail('they are paired'));
  conn.smp.on('pairingFail',
    (reason, remote) => observe('pairingFailed', { reason: SmpErrors.toString(reason), remote }));
  if (plan.browse) await browse(conn);
  if (plan.security) conn.smp.sendSecurityRequest(true, false, true, false);
  if (plan.update) {
    const { interval, latency, timeout } = plan.update;
    const wanted = parameters(interval, latency, timeout);
    observe('updateAnswer', { result: await list((done) => conn.updateConnParams(wanted, done)) });
  }
}

async function main() {
  const manager = await open();
  manager.gattDb.setDeviceName(name);
  manager.gattDb.addServices(plan.services.map((service) => ({
    uuid: spell(service.uuid),
    characteristics: service.characteristics.map(characteristic),
  })));
  manager.setAdvertisingData(new AdvertisingDataBuilder()
    .addFlags(['leGeneralDiscoverableMode', 'brEdrNotSupported'])
    .addLocalName(true, name).build());
  manager.startAdvertising({ intervalMin: 0x20, intervalMax: 0x30 }, (status, conn) => {
    if (status !== HciErrors.SUCCESS) return fail(`advertising: ${HciErrors.toString(status)}`);
    serve(conn).catch((error) => fail(error.message));
  });
  observe('advertising', { name });
}

main().catch((error) => fail(error.message));
