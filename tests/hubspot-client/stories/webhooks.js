// Webhooks: an app manages its own by its developer key, and whoever is told checks the signature with the client's own code (API-8).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'

import { Signature } from 'hubspot-14'

import { refused, unique } from './expect.js'

const scopes = ['tickets', 'crm.objects.contacts.read']

/** An app, and the client of whoever made it. */
async function madeApp(desk) {
  const app = { name: unique('Sync'), redirectUris: ['https://sync.example/back'], scopes }
  const { status, body } = await desk.ask('POST', '/helpdesk/v1/apps', app)
  assert.equal(status, 201)
  return { id: Number(body.app.id), maker: desk.developer(body.developerKey) }
}

/** A server that hears one request. */
async function listener() {
  let hear
  const heard = new Promise((resolve) => (hear = resolve))
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      response.end()
      hear({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${server.address().port}/in?of=desk`, heard, close: () => server.close() }
}

export default {
  'an app says where it is told of what': async (desk) => {
    const { id, maker } = await madeApp(desk)
    const { settingsApi, subscriptionsApi } = maker.webhooks
    await refused(settingsApi.getAll(id), 404, 'OBJECT_NOT_FOUND')
    const targetUrl = 'https://sync.example/in'
    await desk.is(200, settingsApi.configure(id, { targetUrl, throttling: { maxConcurrentRequests: 10 } }))
    const settings = await desk.is(200, settingsApi.getAll(id))
    assert.deepEqual([settings.targetUrl, settings.throttling.maxConcurrentRequests], [targetUrl, 10])
    assert.ok(settings.createdAt instanceof Date)

    const made = await desk.is(201, subscriptionsApi.create(id, { eventType: 'ticket.propertyChange', propertyName: 'subject', active: false }))
    assert.deepEqual([made.eventType, made.propertyName, made.active], ['ticket.propertyChange', 'subject', false])
    const number = Number(made.id)
    assert.equal((await desk.is(200, subscriptionsApi.getById(number, id))).id, made.id)
    assert.equal((await desk.is(200, subscriptionsApi.update(number, id, { active: true }))).active, true)
    const batch = await desk.is(200, subscriptionsApi.updateBatch(id, { inputs: [{ id: number, active: false }] }))
    assert.deepEqual([batch.status, batch.results[0].active], ['COMPLETE', false])
    assert.deepEqual((await desk.is(200, subscriptionsApi.getAll(id))).results.map((s) => s.id), [made.id])
    await refused(subscriptionsApi.create(id, { eventType: 'ticket.propertyChange', active: true }), 400, 'VALIDATION_ERROR')
    await desk.is(204, subscriptionsApi.archive(number, id))
    await refused(subscriptionsApi.getById(number, id), 404, 'OBJECT_NOT_FOUND')
    await desk.is(204, settingsApi.clear(id))
  },

  'an app finds no other, and a wrong key nothing': async (desk) => {
    const [one, other] = [await madeApp(desk), await madeApp(desk)]
    await refused(one.maker.webhooks.subscriptionsApi.getAll(other.id), 404, 'OBJECT_NOT_FOUND')
    await refused(desk.developer('wrong').webhooks.subscriptionsApi.getAll(one.id), 401, 'INVALID_AUTHENTICATION')
  },

  'what is told is signed as HubSpot signs': async (desk) => {
    const ear = await listener()
    try {
      const secret = 'a secret that nobody guesses'
      const hook = await desk.ask('POST', '/helpdesk/v1/webhooks', { name: unique('Ear'), url: ear.url, secret, events: [{ eventType: 'contact.creation' }] })
      assert.equal(hook.status, 201)
      const contact = await desk.client.crm.contacts.basicApi.create({ properties: { email: `${unique('gus')}@example.org` }, associations: [] })
      const { headers, body } = await ear.heard
      const [event] = JSON.parse(body)
      assert.deepEqual([event.subscriptionType, event.objectId, event.attemptNumber, event.changeFlag], ['contact.creation', Number(contact.id), 0, 'CREATED'])
      const timestamp = Number(headers['x-hubspot-request-timestamp'])
      const given = { clientSecret: secret, requestBody: body }
      assert.ok(Signature.isValid({ ...given, signatureVersion: 'v1', signature: headers['x-hubspot-signature'] }))
      assert.ok(Signature.isValid({ ...given, signatureVersion: 'v3', url: ear.url, method: 'POST', timestamp, signature: headers['x-hubspot-signature-v3'] }))
      assert.ok(!Signature.isValid({ ...given, signatureVersion: 'v3', url: `${ear.url}x`, method: 'POST', timestamp, signature: headers['x-hubspot-signature-v3'] }))
      assert.equal((await desk.ask('DELETE', `/helpdesk/v1/webhooks/${hook.body.webhook.id}`)).status, 204)
    } finally {
      ear.close()
    }
  },

  'an app reads its journal on from where it was': async (desk) => {
    const ask = async (method, path, body) => {
      const answer = await desk.client.apiRequest({ method, path: `/webhooks-journal/${path}`, body })
      return { status: answer.status, body: answer.status === 204 ? null : await answer.json() }
    }
    const subscription = { subscriptionType: 'OBJECT', objectTypeId: '0-1', actions: ['CREATE'], properties: ['email'] }
    const { status, body: made } = await ask('POST', 'subscriptions/2026-03', subscription)
    assert.deepEqual([status, made.objectTypeId, made.actions], [200, '0-1', ['CREATE']])
    const email = `${unique('gil')}@example.org`
    const contact = await desk.client.crm.contacts.basicApi.create({ properties: { email }, associations: [] })
    let found
    for (let tries = 0; !found && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      for (const entry of (await ask('GET', 'journal/2026-03/batch/latest/100')).body.results) {
        const told = await (await fetch(entry.url)).json()
        assert.equal(told.offset, entry.currentOffset)
        const event = told.journalEvents.find((e) => e.objectId === Number(contact.id))
        if (event) found = { entry, event }
      }
    }
    assert.deepEqual([found.event.action, found.event.propertyChanges], ['CREATE', { email }])
    const next = await desk.client.apiRequest({ method: 'GET', path: `/webhooks-journal/journal-local/2026-03/offset/${found.entry.currentOffset}/next` })
    assert.equal(next.status, 204)
    const gone = await desk.client.apiRequest({ method: 'DELETE', path: `/webhooks-journal/subscriptions/2026-03/${made.id}` })
    assert.equal(gone.status, 204)
  },
}
