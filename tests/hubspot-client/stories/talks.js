// What is said: on channels that apps bring, with files, and by visitors who are known.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'

import { refused, unique } from './expect.js'

/** What a token says, in its middle part. */
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())

/** An app's own server, to which answers are posted. */
async function listener() {
  let hear
  const heard = new Promise((resolve) => (hear = resolve))
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      response.end()
      hear(JSON.parse(Buffer.concat(chunks).toString()))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${server.address().port}/in`, heard, close: () => server.close() }
}

const opaque = 'CHANNEL_SPECIFIC_OPAQUE_ID'

/** What an answer brought, which must have this status. */
const told = ({ status, body }, want) => {
  assert.equal(status, want, JSON.stringify(body))
  return body
}

/** A refusal, in the form of all. */
const refusal = ({ status, body }, want, category) => {
  assert.deepEqual([status, body.status, body.category], [want, 'error', category], JSON.stringify(body))
  assert.match(body.correlationId, /^[0-9a-f-]{36}$/)
}

export default {
  'a channel that an app brings, by both families of paths': async (desk) => {
    const app = await listener()
    const capabilities = { deliveryIdentifierTypes: [opaque], richText: [], threadingModel: 'INTEGRATION_THREAD_ID', allowOutgoingMessages: true, outgoingAttachmentTypes: ['FILE'] }
    const legacy = '/conversations/v3/custom-channels'
    const dated = '/conversations/custom-channels/2026-09'
    const name = unique('Lamp chat')
    const channel = told(await desk.ask('POST', legacy, { name, capabilities, webhookUrl: app.url }), 201)
    refusal(await desk.ask('POST', legacy, { name }), 400, 'VALIDATION_ERROR')
    refusal(await desk.ask('GET', `${dated}/999999999`), 404, 'OBJECT_NOT_FOUND')
    for (const base of [legacy, '/conversations/custom-channels/v3', dated]) {
      assert.equal(told(await desk.ask('GET', `${base}?sort=-createdAt&defaultPageLength=5`), 200).results[0].id, channel.id)
      assert.equal(told(await desk.ask('GET', `${base}/${channel.id}`), 200).name, name)
    }
    const own = `${dated}/${channel.id}`
    const inboxId = told(await desk.ask('GET', '/conversations/v3/conversations/inboxes'), 200).results[0].id
    const shop = { type: opaque, value: unique('shop') }
    const account = told(await desk.ask('POST', `${own}/channel-accounts`, { name: 'Lamps', inboxId, authorized: true, deliveryIdentifier: shop }), 201)
    assert.equal(told(await desk.ask('PATCH', `${own}/channel-accounts/${account.id}`, { name: 'Lamps NL' }), 200).name, 'Lamps NL')
    const accounts = told(await desk.ask('GET', `${own}/channel-accounts?deliveryIdentifierType=${opaque}&deliveryIdentifierValue=${shop.value}&archived=false&sort=id`), 200)
    assert.deepEqual(accounts.results.map((a) => a.id), [account.id])

    const plan = { data: Buffer.from('The plan.'), name: 'plan.txt' }
    const { id: fileId } = await desk.client.files.filesApi.upload(plan, undefined, '/plans', 'plan.txt', undefined, JSON.stringify({ access: 'PRIVATE' }))
    const attachments = [{ type: 'FILE', fileId }]
    const said = { messageDirection: 'INCOMING', channelAccountId: account.id, integrationThreadId: unique('t'), integrationIdempotencyId: unique('m'), text: 'It is dark.',
      timestamp: '2026-11-02T09:00:00Z', senders: [{ name: 'Ann', deliveryIdentifier: { type: opaque, value: 'ann' } }], recipients: [{ deliveryIdentifier: shop }], attachments }
    const message = told(await desk.ask('POST', `${own}/messages`, said), 201)
    assert.deepEqual([message.direction, message.attachments[0].fileId, message.status.statusType], ['INCOMING', fileId, 'RECEIVED'])
    assert.equal(told(await desk.ask('POST', `${legacy}/${channel.id}/messages`, said), 201).id, message.id) // the same once more
    assert.equal(await (await fetch(message.attachments[0].url)).text(), 'The plan.')
    refusal(await desk.ask('POST', `${own}/messages`, { ...said, attachments: [{ type: 'FILE', fileId: '999' }], integrationIdempotencyId: unique('m') }), 400, 'VALIDATION_ERROR')

    const thread = `/conversations/v3/conversations/threads/${message.conversationsThreadId}`
    const { body: me } = await desk.ask('GET', '/crm/v3/owners?email=ada@example.org')
    const answer = { type: 'MESSAGE', text: 'Turn it on.', attachments, senderActorId: `A-${me.results[0].userId}`, channelId: channel.id, channelAccountId: account.id,
      recipients: [{ recipientField: 'TO', deliveryIdentifiers: [{ type: opaque, value: 'ann' }] }] }
    const sent = told(await desk.ask('POST', `${thread}/messages`, answer), 201)
    const heard = await app.heard
    app.close()
    assert.deepEqual([heard.type, heard.message.id, heard.message.text], ['OUTGOING_CHANNEL_MESSAGE_CREATED', sent.id, 'Turn it on.'])
    assert.equal(await (await fetch(heard.message.attachments[0].url)).text(), 'The plan.')
    const read = told(await desk.ask('PATCH', `${own}/messages/${sent.id}`, { statusType: 'READ' }), 200)
    assert.equal(read.status.statusType, 'READ')
    refusal(await desk.ask('PATCH', `${own}/messages/${sent.id}`, { statusType: 'LOST' }), 400, 'VALIDATION_ERROR')
    refusal(await desk.ask('PATCH', `${own}/channel-account-staging-tokens/none`, { accountName: 'x', deliveryIdentifier: shop }), 404, 'OBJECT_NOT_FOUND')
    refusal(await desk.scoped('conversations.read').ask('GET', legacy), 403, 'MISSING_SCOPES')
    assert.equal((await desk.ask('DELETE', own)).status, 204)
    refusal(await desk.ask('GET', own), 404, 'OBJECT_NOT_FOUND')
  },

  'a website says who its visitor is': async (desk) => {
    const { generateApi } = desk.client.conversations.visitorIdentification
    const email = `${unique('ann')}@example.org`
    const { token } = await desk.is(200, generateApi.generateToken({ email, firstName: 'Ann', lastName: 'Lee' }))
    const says = claimsOf(token)
    assert.deepEqual([says.sub, says.firstName, says.lastName, says.exp - says.iat], [email, 'Ann', 'Lee', 12 * 60 * 60])
    await desk.is(200, generateApi.generateToken({ email }))
    assert.equal((await desk.ask('POST', '/visitor-identification/2026-09/tokens/create', { email })).status, 200)

    const { total } = await desk.client.crm.contacts.searchApi.doSearch({ filterGroups: [{ filters: [{ propertyName: 'email', operator: 'EQ', value: email }] }] })
    assert.equal(total, 0)
    await refused(generateApi.generateToken({ email: 'ann' }), 400, 'VALIDATION_ERROR', /Email address/)
    await refused(generateApi.generateToken({}), 400, 'VALIDATION_ERROR', /Some required fields were not set: \[email\]/)
    await refused(desk.scoped('conversations.read').client.conversations.visitorIdentification.generateApi.generateToken({ email }), 403, 'MISSING_SCOPES')
  },
}
