// Records of every type: made, read, changed, batched, archived.
import assert from 'node:assert/strict'

import { refused, unique, wrongValues } from './expect.js'

const joined = (id, associationTypeId) => ({ to: { id }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId }] })
const ticket = (subject, more = {}) => ({ properties: { subject, hs_pipeline: '0', hs_pipeline_stage: '1', ...more }, associations: [] })
const contact = (more = {}) => ({ properties: { email: `${unique('ann')}@example.org`, ...more }, associations: [] })

/** The record types with an API of their own in the client, or the generic one; how one is made, and what is changed. */
const types = {
  tickets: { make: () => ticket(unique('Lamp')), change: ['subject', 'Kettle'] },
  contacts: { make: contact, change: ['firstname', 'Ann'] },
  companies: { make: () => ({ properties: { name: unique('Chairs') }, associations: [] }), change: ['city', 'Delft'] },
  deals: { make: () => ({ properties: { dealname: unique('Deal'), dealstage: 'appointmentscheduled' }, associations: [] }), change: ['amount', '12.5'] },
  notes: { make: () => ({ properties: { hs_note_body: unique('Note'), hs_timestamp: '2026-03-01T10:00:00Z' }, associations: [] }), change: ['hs_note_body', 'said again'] },
  emails: { make: () => engagement({ hs_email_subject: unique('Mail'), hs_email_direction: 'EMAIL' }), change: ['hs_email_subject', 'Other'] },
  tasks: { make: () => engagement({ hs_task_subject: unique('Task') }), change: ['hs_task_status', 'COMPLETED'] },
  calls: { make: () => engagement({ hs_call_title: unique('Call') }), change: ['hs_call_title', 'Rang again'] },
  meetings: { make: () => engagement({ hs_meeting_title: unique('Meeting') }), change: ['hs_meeting_title', 'Moved'] },
  communications: { make: () => engagement({ hs_communication_channel_type: 'SMS', hs_communication_body: unique('Text') }), change: ['hs_communication_body', 'Other'] },
}

function engagement(properties) {
  return { properties: { hs_timestamp: '1772359200000', ...properties }, associations: [] }
}

/** The same calls on every type, by the API of its own where the client has one. */
function apis({ client }, type) {
  const own = client.crm[type]
  if (own?.batchApi) return { basic: own.basicApi, batch: own.batchApi, search: own.searchApi }
  const bound = (api) => new Proxy({}, { get: (_, name) => (...args) => api[name](type, ...args) })
  const { basicApi, batchApi, searchApi } = client.crm.objects
  return { basic: bound(basicApi), batch: bound(batchApi), search: bound(searchApi) }
}

async function lives(desk, type) {
  const { make, change } = types[type]
  const [name, value] = change
  const { basic } = apis(desk, type)
  const made = await desk.is(201, basic.create(make()))
  assert.match(made.id, /^[0-9]+$/)
  assert.ok(made.createdAt instanceof Date && made.updatedAt instanceof Date)
  assert.equal(made.properties.hs_object_id, made.id)
  assert.equal(made.archived, false)

  await desk.is(200, basic.update(made.id, { properties: { [name]: value } }))
  const read = await desk.is(200, basic.getById(made.id, [name, 'createdate', 'no_such_property'], [name]))
  assert.equal(read.properties[name], value)
  assert.equal('no_such_property' in read.properties, false)
  assert.equal(read.propertiesWithHistory[name][0].value, value)
  assert.ok(read.propertiesWithHistory[name][0].timestamp instanceof Date)

  await desk.is(204, basic.archive(made.id))
  await desk.is(204, basic.archive(made.id))
  await refused(basic.getById(made.id), 404, 'OBJECT_NOT_FOUND')
  const gone = await desk.is(200, basic.getById(made.id, undefined, undefined, undefined, true))
  assert.equal(gone.archived, true)
  assert.ok(gone.archivedAt instanceof Date)
  await refused(basic.update('999999999', { properties: { [name]: value } }), 404, 'OBJECT_NOT_FOUND')
}

async function batches(desk, type) {
  const { make, change } = types[type]
  const [name, value] = change
  const { basic, batch } = apis(desk, type)
  const made = await desk.is(201, batch.create({ inputs: [make(), make(), make()] }))
  assert.equal(made.status, 'COMPLETE')
  assert.equal(made.results.length, 3)
  const ids = made.results.map((r) => r.id)

  const changed = await desk.is(200, batch.update({ inputs: ids.map((id) => ({ id, properties: { [name]: value } })) }))
  assert.deepEqual(changed.results.map((r) => [r.id, r.properties[name]]), ids.map((id) => [id, value]))

  const inputs = [...ids, '999999999'].map((id) => ({ id }))
  const read = await desk.is(207, batch.read({ inputs, properties: [name], propertiesWithHistory: [] }))
  assert.deepEqual(read.results.map((r) => r.id).sort(), ids.toSorted())
  assert.equal(read.numErrors, 1)
  assert.equal(read.errors[0].category, 'OBJECT_NOT_FOUND')
  assert.deepEqual(read.errors[0].context.ids, ['999999999'])

  await desk.is(204, batch.archive({ inputs: ids.map((id) => ({ id })) }))
  await refused(basic.getById(ids[0]), 404, 'OBJECT_NOT_FOUND')
}

export default {
  ...Object.fromEntries(Object.keys(types).map((type) => [`one of the ${type} lives`, (desk) => lives(desk, type)])),
  ...Object.fromEntries(Object.keys(types).map((type) => [`${type} in batches`, (desk) => batches(desk, type)])),

  'a ticket is closed and opened again': async ({ client }) => {
    const { basicApi } = client.crm.tickets
    const made = await basicApi.create(ticket('Lamp & kettle'))
    assert.equal(made.properties.subject, 'Lamp & kettle')
    await basicApi.update(made.id, { properties: { hs_ticket_priority: 'HIGH', hs_pipeline_stage: '4' } })
    const closed = await basicApi.getById(made.id, ['hs_ticket_priority', 'closed_date', 'content'])
    assert.equal(closed.properties.hs_ticket_priority, 'HIGH')
    assert.match(closed.properties.closed_date, /^\d{4}-\d\d-\d\dT.*Z$/)
    assert.equal(closed.properties.content, null)
    await basicApi.update(made.id, { properties: { hs_pipeline_stage: '1' } })
    assert.equal((await basicApi.getById(made.id, ['closed_date'])).properties.closed_date, null)
  },

  'values are cleared, and read as they are written': async ({ client }) => {
    const { basicApi } = client.crm.contacts
    const made = await basicApi.create(contact({ firstname: 'Ann' }))
    await basicApi.update(made.id, { properties: { firstname: '' } })
    assert.equal((await basicApi.getById(made.id, ['firstname'])).properties.firstname, null)
  },

  'a contact is found by its address, once': async (desk) => {
    const { basicApi } = desk.client.crm.contacts
    const email = `${unique('bea')}@example.org`
    const made = await basicApi.create(contact({ email: email.toUpperCase() }))
    const found = await basicApi.getById(email, ['email'], undefined, undefined, false, 'email')
    assert.deepEqual([found.id, found.properties.email], [made.id, email])
    await desk.is(200, basicApi.update(email, { properties: { lastname: 'Ash' } }, 'email'))
    const again = await refused(basicApi.create(contact({ email })), 409, 'CONFLICT')
    assert.equal(again.message, `Contact already exists. Existing ID: ${made.id}`)
  },

  'contacts are updated or made by their addresses': async (desk) => {
    const { basicApi, batchApi } = desk.client.crm.contacts
    const old = await basicApi.create(contact())
    const inputs = [old.properties.email, `${unique('new')}@example.org`].map((id) => ({ id, idProperty: 'email', properties: { firstname: 'Cleo' } }))
    const done = await desk.is(200, batchApi.upsert({ inputs }))
    const byEmail = Object.fromEntries(done.results.map((r) => [r.properties.email, r]))
    assert.deepEqual(inputs.map((i) => byEmail[i.id]._new ?? byEmail[i.id].new), [false, true])
    assert.equal(byEmail[inputs[0].id].id, old.id)
    const read = await desk.is(200, batchApi.read({ idProperty: 'email', inputs: inputs.map(({ id }) => ({ id })), properties: ['firstname'], propertiesWithHistory: [] }))
    assert.deepEqual(read.results.map((r) => r.properties.firstname), ['Cleo', 'Cleo'])
  },

  'a batch fails one by one only with trace ids': async (desk) => {
    const { batchApi } = desk.client.crm.tickets
    const good = ticket('Good')
    const bad = ticket('Bad', { hs_ticket_priority: 'HUGE' })
    const all = await refused(batchApi.create({ inputs: [good, bad] }), 400, 'VALIDATION_ERROR')
    assert.deepEqual(wrongValues(all), [['hs_ticket_priority', 'INVALID_OPTION']])
    const some = await desk.is(207, batchApi.create({ inputs: [{ ...good, objectWriteTraceId: 'a' }, { ...bad, objectWriteTraceId: 'b' }] }))
    assert.deepEqual(some.results.map((r) => r.objectWriteTraceId), ['a'])
    assert.deepEqual([some.numErrors, some.errors[0].category, some.errors[0].context.objectWriteTraceId], [1, 'VALIDATION_ERROR', ['b']])
    const many = Array.from({ length: 101 }, () => good)
    await refused(batchApi.create({ inputs: many }), 400, 'VALIDATION_ERROR')
  },

  'a ticket is made with who it is of, and says so': async ({ client }) => {
    const { id: ann } = await client.crm.contacts.basicApi.create(contact())
    const made = await client.crm.tickets.basicApi.create({ ...ticket('For Ann'), associations: [joined(ann, 16)] })
    const read = await client.crm.tickets.basicApi.getById(made.id, undefined, undefined, ['contacts'])
    assert.ok(read.associations.contacts.results.some((r) => r.id === ann && r.type === 'ticket_to_contact'))
    const back = await client.crm.contacts.basicApi.getById(ann, undefined, undefined, ['tickets'])
    assert.ok(back.associations.tickets.results.some((r) => r.id === made.id && r.type === 'contact_to_ticket'))
  },

  'lists go through all pages': async (desk) => {
    const { basicApi, batchApi } = desk.client.crm.companies
    const { results } = await batchApi.create({ inputs: Array.from({ length: 12 }, () => types.companies.make()) })
    const listed = (await desk.client.crm.companies.getAll(5)).map((c) => c.id)
    assert.equal(new Set(listed).size, listed.length)
    for (const { id } of results) assert.ok(listed.includes(id))
    const first = await desk.is(200, basicApi.getPage(2))
    assert.equal(first.results.length, 2)
    assert.match(first.paging.next.link, /after=/)
    await refused(basicApi.getPage(101), 400, 'VALIDATION_ERROR')
  },

  'what is wrong is said as integrations read it': async (desk) => {
    const { basicApi } = desk.client.crm.tickets
    const wrong = { hs_ticket_priority: 'HUGE', no_such_thing: '1', hs_object_id: '7' }
    const body = await refused(basicApi.create(ticket('x', wrong)), 400, 'VALIDATION_ERROR')
    assert.deepEqual(Object.fromEntries(wrongValues(body)), { hs_ticket_priority: 'INVALID_OPTION', no_such_thing: 'PROPERTY_DOESNT_EXIST', hs_object_id: 'READ_ONLY_VALUE' })
    const less = await refused(basicApi.create({ properties: { subject: 'x' }, associations: [] }), 400, 'VALIDATION_ERROR', /^Error creating TICKET\. Some required properties were not set\.$/)
    assert.deepEqual(less.context.properties, ['hs_pipeline_stage'])
    const email = await refused(desk.client.crm.contacts.basicApi.create(contact({ email: 'nobody' })), 400, 'VALIDATION_ERROR')
    assert.deepEqual(wrongValues(email), [['email', 'INVALID_EMAIL']])
    await refused(desk.client.crm.objects.basicApi.getPage('unicorns'), 400, 'VALIDATION_ERROR', /^Unable to infer object type from: unicorns$/)
    const text = await desk.ask('POST', '/crm/v3/objects/tickets', 'no object')
    assert.equal(text.status, 400)
    assert.match(text.body.message, /^Invalid input JSON on line 1, column \d+: /)
  },

  'every family of paths and every name of a type leads to the same record': async (desk) => {
    const { id } = await desk.client.crm.tickets.basicApi.create(ticket('Found by all'))
    const names = ['tickets', 'ticket', 'TICKET', '0-5']
    const families = ['/crm/v3/objects/', '/crm/objects/v3/', '/crm/objects/2025-09/', '/crm/objects/2026-03/', '/crm/objects/2026-09/']
    for (const path of [...names.map((n) => `/crm/v3/objects/${n}`), ...families.map((f) => `${f}tickets`)]) {
      const { status, body } = await desk.ask('GET', `${path}/${id}?properties=subject,content&properties=hs_pipeline`)
      assert.deepEqual([status, body.id, body.properties.subject, body.properties.hs_pipeline], [200, id, 'Found by all', '0'], path)
    }
    assert.equal((await desk.ask('GET', '/crm/objects/2019-01/tickets')).status, 404)
    const made = await desk.ask('POST', '/crm/objects/2026-03/tickets', { properties: { subject: 'Dated', hs_pipeline_stage: 1 } })
    assert.deepEqual([made.status, made.body.properties.hs_pipeline_stage], [201, '1'])
    assert.deepEqual(await desk.ask('DELETE', `/crm/objects/2026-03/tickets/${made.body.id}`), { status: 204, body: undefined })
  },
}
