// Associations: of two records, in batches, with labels and limits, and in the older form.
import assert from 'node:assert/strict'

import { refused, unique } from './expect.js'

const category = 'HUBSPOT_DEFINED'
const ticketToContact = { associationCategory: category, associationTypeId: 16 }

/** A ticket and as many contacts. */
async function people({ client }, count) {
  const ticket = await client.crm.tickets.basicApi.create({ properties: { subject: 'Of some', hs_pipeline_stage: '1' }, associations: [] })
  const inputs = Array.from({ length: count }, () => ({ properties: { email: `${unique('gus')}@example.org` }, associations: [] }))
  const { results } = await client.crm.contacts.batchApi.create({ inputs })
  return { ticket: ticket.id, contacts: results.map((c) => c.id) }
}

export default {
  'two records are associated and parted': async (desk) => {
    const { basicApi } = desk.client.crm.associations.v4
    const { ticket, contacts } = await people(desk, 2)
    const made = await desk.is(201, basicApi.create('tickets', ticket, 'contacts', contacts[0], [ticketToContact]))
    assert.deepEqual([made.fromObjectTypeId, `${made.fromObjectId}`, made.toObjectTypeId, `${made.toObjectId}`], ['0-5', ticket, '0-1', contacts[0]])
    const plain = await desk.is(200, basicApi.createDefault('tickets', ticket, 'contacts', contacts[1]))
    assert.equal(plain.status, 'COMPLETE')
    const all = await desk.is(200, basicApi.getPage('tickets', ticket, 'contacts'))
    assert.deepEqual(all.results.map((r) => r.toObjectId).sort(), contacts.toSorted())
    assert.ok(all.results.every((r) => r.associationTypes.some((t) => t.typeId === 16 && t.category === category && t.label === null)))
    const first = await desk.is(200, basicApi.getPage('tickets', ticket, 'contacts', undefined, 1))
    assert.equal(first.results.length, 1)
    const rest = await basicApi.getPage('tickets', ticket, 'contacts', first.paging.next.after, 1)
    assert.notEqual(rest.results[0].toObjectId, first.results[0].toObjectId)
    const back = await basicApi.getPage('contacts', contacts[0], 'tickets')
    assert.ok(back.results[0].associationTypes.some((t) => t.typeId === 15))
    await desk.is(204, basicApi.archive('tickets', ticket, 'contacts', contacts[0]))
    assert.deepEqual((await basicApi.getPage('tickets', ticket, 'contacts')).results.map((r) => r.toObjectId), [contacts[1]])
    await refused(basicApi.getPage('tickets', '999999999', 'contacts'), 404, 'OBJECT_NOT_FOUND')
  },

  'associations in batches': async (desk) => {
    const { batchApi } = desk.client.crm.associations.v4
    const { ticket, contacts } = await people(desk, 3)
    const ends = contacts.map((id) => ({ _from: { id: ticket }, to: { id } }))
    const made = await desk.is(201, batchApi.create('tickets', 'contacts', { inputs: ends.map((e) => ({ ...e, types: [ticketToContact] })) }))
    assert.equal(made.results.length, 3)
    await desk.is(200, batchApi.createDefault('tickets', 'contacts', { inputs: ends }))
    const lonely = (await people(desk, 0)).ticket
    const read = await desk.is(207, batchApi.getPage('tickets', 'contacts', { inputs: [{ id: ticket }, { id: lonely }] }))
    assert.deepEqual(read.results.map((r) => [r._from.id, r.to.length]), [[ticket, 3]])
    assert.deepEqual([read.errors[0].category, read.errors[0].subCategory, read.errors[0].context.fromObjectId], ['OBJECT_NOT_FOUND', 'crm.associations.NO_ASSOCIATIONS_FOUND', [lonely]])
    const archived = { inputs: [{ _from: { id: ticket }, to: contacts.slice(0, 2).map((id) => ({ id })) }] }
    await desk.is(204, batchApi.archive('tickets', 'contacts', archived))
    assert.equal((await desk.client.crm.associations.v4.basicApi.getPage('tickets', ticket, 'contacts')).results.length, 1)
  },

  'a label lives': async (desk) => {
    const { basicApi, batchApi, schema } = desk.client.crm.associations.v4
    const { ticket, contacts } = await people(desk, 1)
    const name = unique('payer_')
    const { results } = await desk.is(200, schema.definitionsApi.create('tickets', 'contacts', { name, label: name, inverseLabel: `${name} of` }))
    assert.equal(results.length, 2)
    const listed = (await desk.is(200, schema.definitionsApi.getAll('tickets', 'contacts'))).results
    const label = listed.find((t) => t.label === name)
    assert.equal(label.category, 'USER_DEFINED')
    assert.ok(listed.some((t) => t.typeId === 16 && t.category === category))
    const type = { associationCategory: 'USER_DEFINED', associationTypeId: label.typeId }
    const made = await desk.is(201, basicApi.create('tickets', ticket, 'contacts', contacts[0], [type]))
    assert.deepEqual(made.labels, [name])
    const inputs = [{ _from: { id: ticket }, to: { id: contacts[0] }, types: [type] }]
    await desk.is(204, batchApi.archiveLabels('tickets', 'contacts', { inputs }))
    await desk.is(204, schema.definitionsApi.update('tickets', 'contacts', { associationTypeId: label.typeId, label: `${name} now` }))
    await desk.is(204, schema.definitionsApi.remove('tickets', 'contacts', label.typeId))
    assert.ok(!(await schema.definitionsApi.getAll('tickets', 'contacts')).results.some((t) => t.typeId === label.typeId))
  },

  'a limit of associations lives': async (desk) => {
    const path = '/crm/associations/v4/definitions/configurations/'
    const spec = { category, typeId: 342 }
    const between = async () => {
      const { status, body } = await desk.ask('GET', `${path}companies/deals`)
      assert.equal(status, 200)
      return body.results.find((l) => l.typeId === 342)?.userEnforcedMaxToObjectIds
    }
    for (const [act, done, most] of [['create', 201, 5], ['update', 200, 7]]) {
      const { status, body } = await desk.ask('POST', `${path}companies/deals/batch/${act}`, { inputs: [{ ...spec, maxToObjectIds: most }] })
      assert.equal(status, done, JSON.stringify(body))
      assert.equal(await between(), most)
    }
    assert.equal((await desk.ask('GET', `${path}all`)).status, 200)
    assert.equal((await desk.ask('POST', `${path}companies/deals/batch/purge`, { inputs: [spec] })).status, 204)
    assert.equal(await between(), undefined)
  },

  'associations in the older form': async (desk) => {
    const { batchApi } = desk.client.crm.associations
    const { ticket, contacts } = await people(desk, 1)
    const inputs = [{ _from: { id: ticket }, to: { id: contacts[0] }, type: 'ticket_to_contact' }]
    await desk.is(201, batchApi.create('tickets', 'contacts', { inputs }))
    const read = await desk.is(200, batchApi.read('tickets', 'contacts', { inputs: [{ id: ticket }] }))
    assert.deepEqual(read.results[0].to.map((t) => [t.id, t.type]), [[contacts[0], 'ticket_to_contact']])
    await desk.is(204, batchApi.archive('tickets', 'contacts', { inputs }))
    assert.deepEqual((await desk.client.crm.associations.v4.basicApi.getPage('tickets', ticket, 'contacts')).results, [])
  },
}
