// What takes several steps: records that become one, people who have themselves erased, types of an account's own, apps let in, conversations.
import assert from 'node:assert/strict'

import { refused, threadOf, unique } from './expect.js'

const made = async (api, properties) => (await api.create({ properties, associations: [] })).id

/** Ada's browser: what she asks with the cookie that signing in gave her. */
async function adasBrowser(desk) {
  const headers = { 'content-type': 'application/json', origin: desk.basePath }
  const ask = (path, body, cookie = '') => fetch(desk.basePath + path, { method: 'POST', headers: { ...headers, cookie }, body: JSON.stringify(body) })
  const signedIn = await ask('/helpdesk/v1/session', { email: 'ada@example.org', password: 'a long password' })
  assert.ok(signedIn.ok, `signing in was answered with ${signedIn.status}`)
  const cookie = signedIn.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ')
  return (path, body) => ask(path, body, cookie)
}

const scopes = ['crm.objects.contacts.read', 'tickets']
const redirectUri = 'https://sync.example/back'

/** An app that Ada let in, with the code that it got for it. */
async function letIn(desk) {
  const ask = await adasBrowser(desk)
  const app = await (await ask('/helpdesk/v1/apps', { name: unique('Sync'), redirectUris: [redirectUri], scopes })).json()
  const request = { client_id: app.app.clientId, redirect_uri: redirectUri, scope: scopes.join(' '), state: 'x', allow: true }
  const { url } = await (await ask('/helpdesk/v1/oauth/authorize', request)).json()
  return { id: app.app.clientId, secret: app.clientSecret, code: new URL(url).searchParams.get('code') }
}

export default {
  'two tickets become one, and both ids are its': async (desk) => {
    const { basicApi, batchApi, searchApi } = desk.client.crm.tickets
    const first = await made(basicApi, { subject: 'Lamp', hs_pipeline_stage: '1' })
    const second = await made(basicApi, { subject: 'Lamp again', hs_pipeline_stage: '1', hs_ticket_priority: 'HIGH' })
    const one = await desk.is(200, basicApi.merge({ primaryObjectId: first, objectIdToMerge: second }))
    assert.deepEqual([one.id, one.properties.subject], [first, 'Lamp'])
    const read = await basicApi.getById(second, ['hs_ticket_priority', 'hs_merged_object_ids'])
    assert.deepEqual([read.id, read.properties.hs_ticket_priority, read.properties.hs_merged_object_ids], [first, 'HIGH', second])
    const batch = await desk.is(200, batchApi.read({ inputs: [{ id: second }], properties: ['subject'], propertiesWithHistory: [] }))
    assert.deepEqual(batch.results.map((r) => r.id), [first])
    const filters = [{ propertyName: 'hs_object_id', operator: 'EQ', value: second }]
    assert.deepEqual((await searchApi.doSearch({ filterGroups: [{ filters }], properties: [] })).results.map((r) => r.id), [first])
    await refused(basicApi.merge({ primaryObjectId: first, objectIdToMerge: first }), 400, 'VALIDATION_ERROR')
  },

  'two contacts become one, with both addresses': async (desk) => {
    const { basicApi } = desk.client.crm.contacts
    const [email, other] = [`${unique('ann')}@example.org`, `${unique('ann')}@home.example`]
    const first = await made(basicApi, { email })
    await desk.is(200, basicApi.merge({ primaryObjectId: first, objectIdToMerge: await made(basicApi, { email: other, city: 'Delft' }) }))
    for (const address of [email, other]) {
      const read = await basicApi.getById(address, ['city', 'hs_additional_emails'], undefined, undefined, false, 'email')
      assert.deepEqual([read.id, read.properties.city, read.properties.hs_additional_emails], [first, 'Delft', other])
    }
  },

  'who has themself erased is nowhere, and is not made again': async (desk) => {
    const { basicApi, searchApi } = desk.client.crm.contacts
    const email = `${unique('zed')}@example.org`
    const zed = await made(basicApi, { email })
    await desk.is(204, basicApi.purge({ objectId: zed }))
    await refused(basicApi.getById(zed), 404, 'OBJECT_NOT_FOUND')
    await refused(basicApi.getById(email, undefined, undefined, undefined, false, 'email'), 404, 'OBJECT_NOT_FOUND')
    const filters = [{ propertyName: 'email', operator: 'EQ', value: email }]
    assert.equal((await searchApi.doSearch({ filterGroups: [{ filters }], properties: [] })).total, 0)
    await refused(basicApi.create({ properties: { email }, associations: [] }), 400, 'VALIDATION_ERROR')
    const never = `${unique('never')}@example.org`
    await desk.is(204, basicApi.purge({ objectId: never, idProperty: 'email' }))
    await refused(basicApi.create({ properties: { email: never }, associations: [] }), 400, 'VALIDATION_ERROR')
  },

  "a type of the account's own lives": async (desk) => {
    const { coreApi } = desk.client.crm.schemas
    const { basicApi, searchApi } = desk.client.crm.objects
    const name = unique('car')
    const plate = { name: 'plate', label: 'Plate', type: 'string', fieldType: 'text', hasUniqueValue: true }
    const model = { name: 'model', label: 'Model', type: 'string', fieldType: 'text' }
    const schema = await desk.is(201, coreApi.create({ name, labels: { singular: name, plural: `${name}s` }, primaryDisplayProperty: 'model',
      requiredProperties: ['model'], searchableProperties: ['model'], secondaryDisplayProperties: [], properties: [model, plate], associatedObjects: ['CONTACT'] }))
    assert.match(schema.objectTypeId, /^2-\d+$/)
    assert.equal((await coreApi.getById(schema.objectTypeId)).name, name)
    const car = await desk.is(201, basicApi.create(schema.objectTypeId, { properties: { model: 'Beetle', plate: 'AB-1' }, associations: [] }))
    const read = await basicApi.getById(schema.fullyQualifiedName, 'AB-1', ['model'], undefined, undefined, false, 'plate')
    assert.deepEqual([read.id, read.properties.model], [car.id, 'Beetle'])
    const found = await searchApi.doSearch(schema.objectTypeId, { filterGroups: [{ filters: [{ propertyName: 'model', operator: 'EQ', value: 'beetle' }] }], properties: [] })
    assert.deepEqual(found.results.map((r) => r.id), [car.id])
    const without = basicApi.create(schema.objectTypeId, { properties: { plate: 'AB-2' }, associations: [] })
    await refused(without, 400, 'VALIDATION_ERROR')
    await desk.is(204, basicApi.archive(schema.objectTypeId, car.id))
    await desk.is(204, coreApi.archive(schema.objectTypeId))
    assert.ok(!(await coreApi.getAll()).results.some((t) => t.id === schema.id))
  },

  'an app is let in, and works until it is thrown out': async (desk) => {
    const { tokensApi, accessTokensApi, refreshTokensApi } = desk.client.oauth
    const { id, secret, code } = await letIn(desk)
    const tokens = await desk.is(200, tokensApi.create('authorization_code', code, redirectUri, id, secret))
    assert.deepEqual([tokens.tokenType, tokens.expiresIn], ['bearer', 1800])
    const app = desk.as(tokens.accessToken).client
    const ticket = await made(app.crm.tickets.basicApi, { subject: 'From the app', hs_pipeline_stage: '1' })
    assert.equal((await desk.client.crm.tickets.basicApi.getById(ticket)).id, ticket)
    await refused(app.crm.companies.basicApi.getPage(), 403, 'MISSING_SCOPES')
    const info = await desk.is(200, accessTokensApi.get(tokens.accessToken))
    assert.deepEqual([info.user, info.scopes.toSorted()], ['ada@example.org', ['crm.objects.contacts.read', 'oauth', 'tickets']])
    assert.equal((await refreshTokensApi.get(tokens.refreshToken)).clientId, id)
    const again = await tokensApi.create('refresh_token', undefined, undefined, id, secret, tokens.refreshToken)
    assert.notEqual(again.accessToken, tokens.accessToken)
    await desk.as(again.accessToken).client.crm.tickets.basicApi.getById(ticket)
    await assert.rejects(tokensApi.create('authorization_code', code, redirectUri, id, secret), (e) => e.code === 400) // twice: all of it ends
    await refused(desk.as(again.accessToken).client.crm.tickets.basicApi.getPage(), 401, 'INVALID_AUTHENTICATION')
  },

  'a mail is a thread, and is answered': async (desk) => {
    const from = `${unique('ann')}@example.org`
    const thread = await threadOf(desk, from, 'The lamp is broken')
    for (const path of ['/conversations/v3/conversations/threads', '/conversations/conversations/2026-03/threads']) {
      const read = await desk.ask('GET', `${path}/${thread}?association=TICKET`)
      assert.deepEqual([read.status, read.body.id, read.body.status], [200, thread, 'OPEN'])
      const messages = await desk.ask('GET', `${path}/${thread}/messages`)
      const [message] = messages.body.results.filter((m) => m.type === 'MESSAGE')
      assert.deepEqual([messages.status, message.text.trim(), message.direction], [200, 'Hello.', 'INCOMING'])
      assert.equal((await desk.ask('GET', `${path}/${thread}/messages/${message.id}`)).body.id, message.id)
      const comment = await desk.ask('POST', `${path}/${thread}/messages`, { type: 'COMMENT', text: 'She is kind.' })
      assert.deepEqual([comment.status, comment.body.type], [201, 'COMMENT'])
    }
  },
}
