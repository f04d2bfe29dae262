// Searches: every operator, sorts, pages, what is refused.
import assert from 'node:assert/strict'

import { refused, unique } from './expect.js'

const filter = (propertyName, operator, more = {}) => ({ propertyName, operator, ...more })

/** Four companies of which each has the word in its name. */
async function chairs({ client }, word) {
  const rows = [['one', '10', 'Delft'], ['two', '20', 'Ghent'], ['three', '30', ''], ['four', '', 'Delft']]
  const inputs = rows.map(([name, numberofemployees, city]) => ({ properties: { name: `${word} ${name}`, numberofemployees, city }, associations: [] }))
  await client.crm.companies.batchApi.create({ inputs })
}

export default {
  'every operator of a search': async ({ client }) => {
    const word = unique('chairs')
    await chairs({ client }, word)
    const found = async (...filters) => {
      const named = filter('name', 'CONTAINS_TOKEN', { value: word })
      const { results, total } = await client.crm.companies.searchApi.doSearch({ filterGroups: [{ filters: [named, ...filters] }], properties: ['name'], sorts: ['createdate'], limit: 100 })
      assert.equal(total, results.length)
      return results.map((r) => r.properties.name.split(' ')[1]).sort().join(' ')
    }
    const staff = (operator, more) => filter('numberofemployees', operator, more)
    assert.equal(await found(), 'four one three two')
    assert.equal(await found(staff('EQ', { value: '20' })), 'two')
    assert.equal(await found(staff('NEQ', { value: '20' })), 'four one three')
    assert.equal(await found(staff('LT', { value: '20' })), 'one')
    assert.equal(await found(staff('LTE', { value: '20' })), 'one two')
    assert.equal(await found(staff('GT', { value: '20' })), 'three')
    assert.equal(await found(staff('GTE', { value: '20' })), 'three two')
    assert.equal(await found(staff('BETWEEN', { value: '15', highValue: '30' })), 'three two')
    assert.equal(await found(staff('IN', { values: ['10', '30'] })), 'one three')
    assert.equal(await found(staff('NOT_IN', { values: ['10', '30'] })), 'four two')
    assert.equal(await found(staff('HAS_PROPERTY')), 'one three two')
    assert.equal(await found(staff('NOT_HAS_PROPERTY')), 'four')
    assert.equal(await found(filter('name', 'CONTAINS_TOKEN', { value: 'thr*' })), 'three')
    assert.equal(await found(filter('name', 'NOT_CONTAINS_TOKEN', { value: 'one' })), 'four three two')
    assert.equal(await found(filter('city', 'EQ', { value: 'Delft' }), staff('HAS_PROPERTY')), 'one')
  },

  'groups of filters are alternatives': async ({ client }) => {
    const word = unique('stools')
    await chairs({ client }, word)
    const filterGroups = ['10', '30'].map((value) => ({ filters: [filter('name', 'CONTAINS_TOKEN', { value: word }), filter('numberofemployees', 'EQ', { value })] }))
    const { total } = await client.crm.companies.searchApi.doSearch({ filterGroups })
    assert.equal(total, 2)
    const { results } = await client.crm.companies.searchApi.doSearch({ filterGroups, sorts: [{ propertyName: 'numberofemployees', direction: 'DESCENDING' }], properties: ['numberofemployees'] })
    assert.deepEqual(results.map((r) => r.properties.numberofemployees), ['30', '10'])
  },

  'a search goes through all pages': async ({ client }) => {
    const word = unique('lamp')
    const inputs = Array.from({ length: 12 }, (_, i) => ({ properties: { subject: `${word} ${i}`, hs_pipeline_stage: '1' }, associations: [] }))
    await client.crm.tickets.batchApi.create({ inputs })
    const seen = []
    for (let after; ; ) {
      const filterGroups = [{ filters: [filter('subject', 'CONTAINS_TOKEN', { value: word })] }]
      const page = await client.crm.tickets.searchApi.doSearch({ filterGroups, sorts: ['-createdate'], properties: ['subject'], limit: 5, after })
      assert.equal(page.total, 12)
      seen.push(...page.results.map((t) => t.properties.subject))
      after = page.paging?.next?.after
      if (!after) break
    }
    assert.equal(new Set(seen).size, 12)
    assert.equal(seen.length, 12)
  },

  'tickets are found by their contact': async ({ client }) => {
    const { id } = await client.crm.contacts.basicApi.create({ properties: { email: `${unique('dan')}@example.org` }, associations: [] })
    const associations = [{ to: { id }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 16 }] }]
    const made = await client.crm.tickets.basicApi.create({ properties: { subject: 'For Dan', hs_pipeline_stage: '1' }, associations })
    const his = await client.crm.tickets.searchApi.doSearch({ filterGroups: [{ filters: [filter('associations.contact', 'EQ', { value: id })] }] })
    assert.deepEqual([his.total, his.results[0].id], [1, made.id])
  },

  'a search with nothing finds the living': async (desk) => {
    const { basicApi, searchApi } = desk.client.crm.companies
    const { id } = await basicApi.create({ properties: { name: unique('Gone') }, associations: [] })
    const before = await desk.is(200, searchApi.doSearch({}))
    await basicApi.archive(id)
    assert.equal((await searchApi.doSearch({})).total, before.total - 1)
  },

  'what no search can be is refused': async ({ client }) => {
    const { searchApi } = client.crm.tickets
    const one = (f) => ({ filterGroups: [{ filters: [f] }] })
    const bad = [
      one(filter('subject', 'LIKE', { value: 'x' })),
      one(filter('no_such_property', 'EQ', { value: 'x' })),
      one(filter('subject', 'BETWEEN', { value: 'x' })),
      { limit: 201 },
      { after: '10001' },
      { query: 'x'.repeat(3001) },
      { filterGroups: Array.from({ length: 20 }, () => ({ filters: [filter('subject', 'EQ', { value: 'x' })] })) },
    ]
    for (const search of bad) await refused(searchApi.doSearch(search), 400, 'VALIDATION_ERROR', /./, JSON.stringify(search).slice(0, 100))
  },
}
