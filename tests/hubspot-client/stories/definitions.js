// What records are made of: properties and their groups, pipelines and their stages.
import assert from 'node:assert/strict'

import { refused, unique } from './expect.js'

const label = (word) => unique(`${word} `)

export default {
  'a property lives': async (desk) => {
    const { coreApi } = desk.client.crm.properties
    const name = unique('colour_')
    const options = [['Red', 'red'], ['Blue', 'blue']].map(([l, value], displayOrder) => ({ label: l, value, displayOrder, hidden: false }))
    const input = { name, label: 'Colour', type: 'enumeration', fieldType: 'select', groupName: 'ticketinformation', options }
    const made = await desk.is(201, coreApi.create('tickets', input))
    assert.deepEqual([made.name, made.type, made.fieldType, made.options.map((o) => o.value)], [name, 'enumeration', 'select', ['red', 'blue']])
    await refused(coreApi.create('tickets', input), 409, 'OBJECT_ALREADY_EXISTS')

    const { id } = await desk.client.crm.tickets.basicApi.create({ properties: { subject: 'x', hs_pipeline_stage: '1', [name]: 'red' }, associations: [] })
    assert.equal((await desk.client.crm.tickets.basicApi.getById(id, [name])).properties[name], 'red')

    await desk.is(200, coreApi.update('tickets', name, { label: 'Paint', options: [...options, { label: 'Green', value: 'green', displayOrder: 2, hidden: false }] }))
    const read = await desk.is(200, coreApi.getByName('tickets', name))
    assert.deepEqual([read.label, read.options.length, read.archived], ['Paint', 3, false])
    assert.ok((await coreApi.getAll('tickets')).results.some((p) => p.name === name))

    await desk.is(204, coreApi.archive('tickets', name))
    await refused(coreApi.getByName('tickets', name), 404, 'OBJECT_NOT_FOUND')
    assert.ok((await coreApi.getAll('tickets', true)).results.some((p) => p.name === name && p.archived))
    await desk.is(201, coreApi.create('tickets', input))
  },

  'a unique property identifies': async ({ client }) => {
    const name = unique('code_')
    await client.crm.properties.coreApi.create('companies', { name, label: 'Code', type: 'string', fieldType: 'text', groupName: 'companyinformation', hasUniqueValue: true })
    const code = unique('c')
    const { id } = await client.crm.companies.basicApi.create({ properties: { name: 'Coded', [name]: code }, associations: [] })
    assert.equal((await client.crm.companies.basicApi.getById(code, undefined, undefined, undefined, false, name)).id, id)
  },

  'a calculation follows what it is computed from': async ({ client }) => {
    const { coreApi } = client.crm.properties
    const [price, twice] = [unique('price_'), unique('twice_')]
    const number = (name, more) => ({ name, label: name, type: 'number', groupName: 'ticketinformation', ...more })
    await coreApi.create('tickets', number(price, { fieldType: 'number' }))
    const made = await coreApi.create('tickets', number(twice, { fieldType: 'calculation_equation', calculationFormula: `${price} * 2` }))
    assert.deepEqual([made.calculated, made.modificationMetadata.readOnlyValue], [true, true])
    const { basicApi } = client.crm.tickets
    const { id } = await basicApi.create({ properties: { subject: 'Boot', hs_pipeline_stage: '1', [price]: '20.5' }, associations: [] })
    assert.equal((await basicApi.getById(id, [twice])).properties[twice], '41')
    await refused(basicApi.update(id, { properties: { [twice]: '1' } }), 400, 'VALIDATION_ERROR')
    await refused(coreApi.update('tickets', twice, { calculationFormula: `${price} +` }), 400, 'VALIDATION_ERROR')
    await refused(coreApi.archive('tickets', price), 400, 'VALIDATION_ERROR')
  },

  'properties in batches': async (desk) => {
    const { batchApi } = desk.client.crm.properties
    const names = [unique('a_'), unique('b_')]
    const inputs = names.map((name) => ({ name, label: name, type: 'number', fieldType: 'number', groupName: 'contactinformation' }))
    const made = await desk.is(201, batchApi.create('contacts', { inputs }))
    assert.deepEqual(made.results.map((p) => p.name), names)
    const read = await desk.is(207, batchApi.read('contacts', { archived: false, inputs: [...names, 'no_such_property'].map((name) => ({ name })) }))
    assert.deepEqual([read.results.map((p) => p.name).sort(), read.numErrors], [names.toSorted(), 1])
    await desk.is(204, batchApi.archive('contacts', { inputs: names.map((name) => ({ name })) }))
  },

  'a group of properties lives': async (desk) => {
    const { groupsApi } = desk.client.crm.properties
    const name = unique('shop_')
    const made = await desk.is(201, groupsApi.create('tickets', { name, label: 'Shop', displayOrder: 3 }))
    assert.deepEqual([made.name, made.label, made.archived], [name, 'Shop', false])
    await desk.is(200, groupsApi.update('tickets', name, { label: 'Shops' }))
    assert.equal((await desk.is(200, groupsApi.getByName('tickets', name))).label, 'Shops')
    assert.ok((await groupsApi.getAll('tickets')).results.some((g) => g.name === name))
    await desk.is(204, groupsApi.archive('tickets', name))
    await refused(groupsApi.getByName('tickets', name), 404, 'OBJECT_NOT_FOUND')
  },

  'what is wrong with a property is said': async ({ client }) => {
    const { coreApi } = client.crm.properties
    const input = { name: unique('x_'), label: 'X', type: 'string', fieldType: 'text', groupName: 'ticketinformation' }
    await refused(coreApi.create('tickets', { ...input, type: 'colour' }), 400, 'VALIDATION_ERROR')
    await refused(coreApi.create('tickets', { ...input, groupName: 'no_such_group' }), 400, 'VALIDATION_ERROR')
    await refused(coreApi.create('tickets', { ...input, name: 'Not A Name!' }), 400, 'VALIDATION_ERROR')
    await refused(coreApi.getByName('tickets', 'no_such_property'), 404, 'OBJECT_NOT_FOUND')
    await refused(coreApi.getAll('unicorns'), 400, 'VALIDATION_ERROR', /^Unable to infer object type from: unicorns$/)
  },

  'the pipeline that there is from the beginning': async ({ client }) => {
    const { results } = await client.crm.pipelines.pipelinesApi.getAll('tickets')
    const first = results.find((p) => p.id === '0')
    assert.equal(first.label, 'Support Pipeline')
    assert.deepEqual(
      first.stages.map((s) => [s.id, s.label, s.metadata.ticketState]),
      [['1', 'New', 'OPEN'], ['2', 'Waiting on contact', 'OPEN'], ['3', 'Waiting on us', 'OPEN'], ['4', 'Closed', 'CLOSED']],
    )
  },

  'a pipeline lives': async (desk) => {
    const { pipelinesApi, pipelineAuditsApi } = desk.client.crm.pipelines
    const stage = (l, ticketState) => ({ label: l, displayOrder: ticketState === 'OPEN' ? 0 : 1, metadata: { ticketState } })
    const input = { label: label('Returns'), displayOrder: 1, stages: [stage('Asked', 'OPEN'), stage('Done', 'CLOSED')] }
    const made = await desk.is(201, pipelinesApi.create('tickets', input))
    assert.deepEqual(made.stages.map((s) => [s.label, s.metadata.ticketState]), [['Asked', 'OPEN'], ['Done', 'CLOSED']])
    await desk.is(200, pipelinesApi.update('tickets', made.id, { label: label('Repairs') }))
    const replaced = await desk.is(200, pipelinesApi.replace('tickets', made.id, { ...input, label: label('Swaps') }))
    assert.match(replaced.label, /^Swaps /)
    const read = await desk.is(200, pipelinesApi.getById('tickets', made.id))
    assert.equal(read.stages.length, 2)
    const audit = await desk.is(200, pipelineAuditsApi.getAudit('tickets', made.id))
    assert.ok(audit.results.length >= 3)
    await desk.is(204, pipelinesApi.archive('tickets', made.id))
    await refused(pipelinesApi.getById('tickets', made.id), 404, 'OBJECT_NOT_FOUND')
  },

  'a stage lives, and stays while tickets are in it': async (desk) => {
    const { pipelineStagesApi: stages } = desk.client.crm.pipelines
    const made = await desk.is(201, stages.create('tickets', '0', { label: label('Parts'), displayOrder: 9, metadata: { ticketState: 'OPEN' } }))
    await desk.is(200, stages.update('tickets', '0', made.id, { metadata: {}, label: label('Ordered') }))
    const read = await desk.is(200, stages.getById('tickets', '0', made.id))
    assert.match(read.label, /^Ordered /)
    assert.equal(read.metadata.ticketState, 'OPEN')
    await desk.is(200, stages.replace('tickets', '0', made.id, { label: read.label, displayOrder: 9, metadata: { ticketState: 'OPEN' } }))
    assert.ok((await stages.getAll('tickets', '0')).results.some((s) => s.id === made.id))
    await refused(stages.create('tickets', '0', { label: read.label, displayOrder: 9, metadata: {} }), 400, 'VALIDATION_ERROR')

    const { id } = await desk.client.crm.tickets.basicApi.create({ properties: { subject: 'In it', hs_pipeline_stage: made.id }, associations: [] })
    const inUse = await refused(stages.archive('tickets', '0', made.id), 400, 'VALIDATION_ERROR', /^Stage IDs: .*are being referenced by object IDs/)
    assert.equal(inUse.subCategory, 'PipelineError.STAGE_ID_IN_USE')
    assert.deepEqual([inUse.context.stageIds, inUse.context.objectIds], [[`${made.id}`], [id]])
    await desk.client.crm.tickets.basicApi.update(id, { properties: { hs_pipeline_stage: '1' } })
    await desk.is(204, stages.archive('tickets', '0', made.id))
  },
}
