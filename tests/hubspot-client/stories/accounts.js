// Who is there and who asks: owners, users, the account, tokens, scopes; and conversations.
import assert from 'node:assert/strict'

import { refused, unique } from './expect.js'

export default {
  'owners are the users': async (desk) => {
    const { ownersApi } = desk.client.crm.owners
    const { results } = await desk.is(200, ownersApi.getPage('ada@example.org'))
    assert.deepEqual(results.map((o) => [o.email, o.firstName, o.lastName]), [['ada@example.org', 'Ada', 'Lovelace']])
    const ada = await desk.is(200, ownersApi.getById(Number(results[0].id)))
    assert.equal(ada.email, 'ada@example.org')
    await refused(ownersApi.getById(999999999), 404, 'OBJECT_NOT_FOUND')

    const { basicApi } = desk.client.crm.tickets
    const made = await basicApi.create({ properties: { subject: 'Hers', hs_pipeline_stage: '1', hubspot_owner_id: ada.id }, associations: [] })
    const read = await basicApi.getById(made.id, ['hubspot_owner_id', 'hubspot_owner_assigneddate'])
    assert.equal(read.properties.hubspot_owner_id, ada.id)
    assert.match(read.properties.hubspot_owner_assigneddate, /Z$/)
  },

  'a user lives': async (desk) => {
    const { usersApi, rolesApi, teamsApi } = desk.client.settings.users
    const email = `${unique('eve')}@example.org`
    const made = await desk.is(201, usersApi.create({ email, firstName: 'Eve', lastName: 'Moss', sendWelcomeEmail: false }))
    assert.equal(made.email, email)
    assert.equal((await desk.is(200, usersApi.getById(email, 'EMAIL'))).id, made.id)
    assert.ok((await desk.is(200, usersApi.getPage(100))).results.some((u) => u.id === made.id))
    await desk.is(200, usersApi.replace(made.id, { firstName: 'Eva' }))
    assert.ok((await desk.is(200, rolesApi.getAll())).results.length > 0)
    await desk.is(200, teamsApi.getAll())
    await desk.is(204, usersApi.archive(made.id))
    await refused(usersApi.getById(made.id), 404, 'OBJECT_NOT_FOUND')
  },

  'the account says what it is': async (desk) => {
    const details = await desk.ask('GET', '/account-info/v3/details')
    assert.equal(details.status, 200)
    assert.equal(typeof details.body.portalId, 'number')
    assert.deepEqual(await desk.ask('GET', '/account-info/2026-03/details'), details)
    const { body } = await desk.ask('GET', '/account-info/v3/api-usage/daily/private-apps')
    assert.ok(body.results[0].currentUsage > 0)
    assert.equal((await desk.ask('GET', '/account-info/v3/activity/audit-logs')).status, 200)
  },

  'no token and a wrong one': async (desk) => {
    for (const token of ['pat-desk-wrong', '']) {
      const body = await refused(desk.as(token).client.crm.tickets.basicApi.getPage(), 401, 'INVALID_AUTHENTICATION')
      assert.match(body.message, /^Authentication credentials not found\. This API supports OAuth 2\.0 authentication/)
    }
  },

  'an app without the scope': async (desk) => {
    const app = desk.scoped('crm.objects.contacts.read')
    await app.client.crm.contacts.basicApi.getPage()
    const made = app.client.crm.contacts.basicApi.create({ properties: { email: `${unique('fay')}@example.org` }, associations: [] })
    const body = await refused(made, 403, 'MISSING_SCOPES')
    assert.ok(body.errors[0].context.requiredGranularScopes.includes('crm.objects.contacts.write'))
  },

  'an answer says how much may be asked': async (desk) => {
    await desk.client.crm.tickets.basicApi.getPage()
    for (const name of ['max', 'remaining', 'interval-milliseconds']) assert.match(desk.latest.headers[`x-hubspot-ratelimit-${name}`], /^\d+$/)
    await desk.client.crm.tickets.searchApi.doSearch({})
    assert.equal(desk.latest.headers['x-hubspot-ratelimit-max'], undefined)
  },

  'an app that nobody registered gets no tokens': async ({ client }) => {
    const { tokensApi, accessTokensApi, refreshTokensApi } = client.oauth
    const asked = tokensApi.create('refresh_token', undefined, undefined, 'nobody', 'secret', 'none')
    await assert.rejects(asked, (e) => e.code === 400 || e.code === 401)
    await assert.rejects(accessTokensApi.get('none'), (e) => e.code === 404 || e.code === 400)
    await assert.rejects(refreshTokensApi.get('none'), (e) => e.code === 404 || e.code === 400)
  },

  'conversations are listed, by both families of paths': async (desk) => {
    for (const path of ['/conversations/v3/conversations/threads', '/conversations/conversations/2026-03/threads']) {
      const { status, body } = await desk.ask('GET', `${path}?limit=5&association=TICKET`)
      assert.deepEqual([status, Array.isArray(body.results)], [200, true])
      assert.equal((await desk.ask('GET', `${path}/999999999`)).status, 404)
    }
  },
}
