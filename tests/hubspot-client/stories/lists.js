// Lists of records, their folders and their members.
import assert from 'node:assert/strict'

import { refused, unique } from './expect.js'

/** A list of contacts that people choose. */
async function manual({ client }) {
  const { list } = await client.crm.lists.listsApi.create({ objectTypeId: '0-1', name: unique('List '), processingType: 'MANUAL' })
  return list
}

/** So many contacts, by their ids. */
async function contacts({ client }, n) {
  const inputs = Array.from({ length: n }, () => ({ properties: { email: `${unique('m')}@example.org` }, associations: [] }))
  const { results } = await client.crm.contacts.batchApi.create({ inputs })
  return results.map((r) => r.id)
}

export default {
  'a list lives': async (desk) => {
    const { listsApi } = desk.client.crm.lists
    const made = await manual(desk)
    assert.deepEqual([made.objectTypeId, made.processingType, made.processingStatus, made.size], ['0-1', 'MANUAL', 'COMPLETE', 0])
    assert.ok(made.createdAt instanceof Date)
    await refused(listsApi.create({ objectTypeId: '0-1', name: made.name.toUpperCase(), processingType: 'MANUAL' }), 400, 'VALIDATION_ERROR')
    assert.equal((await desk.is(200, listsApi.getByName(made.name, '0-1'))).list.listId, made.listId)
    assert.deepEqual((await desk.is(200, listsApi.getAll([made.listId]))).lists.map((l) => l.listId), [made.listId])
    const name = unique('Renamed ')
    assert.equal((await desk.is(200, listsApi.updateName(made.listId, name))).updatedList.name, name)
    const found = await desk.is(200, listsApi.doSearch({ query: name.toLowerCase(), additionalProperties: [] }))
    assert.deepEqual([found.total, found.lists[0].listId, found.lists[0].additionalProperties.hs_list_size, found.hasMore], [1, made.listId, '0', false])
    await desk.is(204, listsApi.remove(made.listId))
    await refused(listsApi.getById(made.listId), 404, 'OBJECT_NOT_FOUND')
    await desk.is(204, listsApi.restore(made.listId))
    assert.equal((await listsApi.getById(made.listId)).list.name, name)
  },

  'members come and go': async (desk) => {
    const { membershipsApi } = desk.client.crm.lists
    const [one, other, ids] = [await manual(desk), await manual(desk), await contacts(desk, 3)]
    assert.deepEqual((await desk.is(200, membershipsApi.add(one.listId, [...ids, '1']))).recordIdsMissing, ['1'])
    const changed = await desk.is(200, membershipsApi.addAndRemove(one.listId, { recordIdsToAdd: [], recordIdsToRemove: [ids[0]] }))
    assert.deepEqual([changed.recordIdsRemoved, changed.recordsIdsAdded], [[ids[0]], []])
    await desk.is(204, membershipsApi.addAllFromList(other.listId, one.listId))
    const page = await desk.is(200, membershipsApi.getPage(other.listId, undefined, undefined, 1))
    assert.deepEqual([page.results[0].recordId, page.results[0].membershipTimestamp instanceof Date], [ids[1], true])
    const next = await desk.is(200, membershipsApi.getPage(other.listId, page.paging.next.after, undefined, 1))
    assert.deepEqual([next.results[0].recordId, next.paging.next], [ids[2], undefined])
    const joined = await desk.is(200, membershipsApi.getPageOrderedByAddedToListDate(other.listId))
    assert.equal(joined.results.length, 2)
    const { results } = await desk.is(200, membershipsApi.getLists('0-1', ids[2]))
    assert.deepEqual(results.map((l) => l.listId).sort(), [one.listId, other.listId].sort())
    assert.deepEqual((await membershipsApi.remove(other.listId, [ids[2]])).recordIdsRemoved, [ids[2]])
    await desk.is(204, membershipsApi.removeAll(other.listId))
    assert.equal((await membershipsApi.getPage(other.listId)).results.length, 0)
    const batch = { inputs: ids.map((recordId) => ({ objectTypeId: '0-1', recordId })) }
    const answer = await desk.client.apiRequest({ method: 'POST', path: '/crm/v3/lists/records/memberships/batch/read', body: batch })
    assert.deepEqual((await answer.json()).results.map((r) => r.recordListMemberships.length), [0, 1, 1])
  },

  'a list that filters answer': async (desk) => {
    const { listsApi, membershipsApi } = desk.client.crm.lists
    const ids = await contacts(desk, 2)
    const city = unique('Town ')
    await desk.client.crm.contacts.basicApi.update(ids[1], { properties: { city } })
    const operation = { operationType: 'MULTISTRING', operator: 'IS_EQUAL_TO', values: [city], includeObjectsWithNoValueSet: false }
    const filters = [{ filterType: 'PROPERTY', property: 'city', operation }]
    const and = { filterBranchType: 'AND', filterBranchOperator: 'AND', filters, filterBranches: [] }
    const filterBranch = { filterBranchType: 'OR', filterBranchOperator: 'OR', filters: [], filterBranches: [and] }
    const input = { objectTypeId: '0-1', name: unique('Dynamic '), processingType: 'DYNAMIC', filterBranch }
    const { list } = await desk.is(200, listsApi.create(input))
    assert.deepEqual([list.size, list.processingType], [1, 'DYNAMIC'])
    assert.deepEqual((await membershipsApi.getPage(list.listId)).results.map((r) => r.recordId), [ids[1]])
    const read = (await desk.is(200, listsApi.getById(list.listId, true))).list.filterBranch
    assert.deepEqual(read.filterBranches[0].filters[0].operation.values, [city])
    and.filters = [{ filterType: 'PROPERTY', property: 'city', operation: { operationType: 'ALL_PROPERTY', operator: 'IS_UNKNOWN', includeObjectsWithNoValueSet: false } }]
    const { updatedList } = await desk.is(200, listsApi.updateListFilters(list.listId, { filterBranch }))
    assert.equal(updatedList.listVersion, 2)
    assert.ok((await membershipsApi.getLists('0-1', ids[0])).results.some((l) => l.listId === list.listId))
    operation.operator = 'HAS_EVER_BEEN_EQUAL_TO'
    and.filters = filters
    await refused(listsApi.updateListFilters(list.listId, { filterBranch }), 400, 'VALIDATION_ERROR', /HAS_EVER_BEEN_EQUAL_TO/)
  },

  'a list is to be converted': async (desk) => {
    const { listsApi, mappingApi } = desk.client.crm.lists
    const filterBranch = { filterBranchType: 'OR', filterBranchOperator: 'OR', filters: [], filterBranches: [] }
    const { list } = await listsApi.create({ objectTypeId: '0-1', name: unique('Soon '), processingType: 'DYNAMIC', filterBranch })
    const day = { conversionType: 'CONVERSION_DATE', year: 2040, month: 5, day: 17 }
    assert.equal((await desk.is(200, listsApi.scheduleOrUpdateConversion(list.listId, day))).requestedConversionTime.year, 2040)
    assert.equal((await desk.is(200, listsApi.getConversionDetails(list.listId))).requestedConversionTime.conversionType, 'CONVERSION_DATE')
    await desk.is(204, listsApi.cancelConversion(list.listId))
    assert.equal((await listsApi.getConversionDetails(list.listId)).requestedConversionTime, undefined)
    assert.equal((await desk.is(200, mappingApi.translateLegacyListIdToListId(list.listId))).listId, list.listId)
    const { missingLegacyListIds } = await desk.is(200, mappingApi.translateLegacyListIdToListIdBatch([list.listId, '1']))
    assert.deepEqual(missingLegacyListIds, ['1'])
    const was = await desk.client.apiRequest({ path: `/crm/v3/lists/${list.listId}/size-and-edits-history/between` })
    assert.deepEqual(await was.json(), { editHistory: [], sizeHistory: [] })
  },

  'folders of lists': async (desk) => {
    const { foldersApi } = desk.client.crm.lists
    const list = await manual(desk)
    const { folder } = await desk.is(200, foldersApi.create({ name: unique('Folder ') }))
    const inner = (await desk.is(200, foldersApi.create({ name: 'Inner', parentFolderId: String(folder.id) }))).folder
    await desk.is(204, foldersApi.moveList({ listId: list.listId, newFolderId: String(inner.id) }))
    const tree = (await desk.is(200, foldersApi.getAll(String(folder.id)))).folder
    assert.deepEqual([tree.childNodes[0].id, tree.childNodes[0].childLists], [inner.id, [Number(list.listId)]])
    assert.equal((await desk.is(200, foldersApi.rename(String(inner.id), 'Within'))).folder.name, 'Within')
    await desk.is(200, foldersApi.move(String(inner.id), '0'))
    await refused(foldersApi.remove(String(inner.id)), 400, 'VALIDATION_ERROR')
    await desk.is(204, foldersApi.remove(String(folder.id)))
  },
}
