// Tables as files: imports of CSV, and exports of what a search finds.
import assert from 'node:assert/strict'

import { refused, unique } from './expect.js'

const until = async (ask, done) => {
  for (let turn = 0; turn < 300; turn++) {
    const answer = await ask()
    if (done(answer)) return answer
    await new Promise((next) => setTimeout(next, 100))
  }
  return assert.fail('it never ends')
}

/** Imports contacts of a domain, and waits for the end. */
async function imported({ client }, rows) {
  const columnObjectTypeId = '0-1'
  const request = {
    name: 'people',
    files: [{ fileName: 'people.csv', fileFormat: 'CSV', fileImportPage: { hasHeader: true, columnMappings: [
      { columnName: 'First', columnObjectTypeId, propertyName: 'firstname' },
      { columnName: 'Email', columnObjectTypeId, propertyName: 'email', columnType: 'HUBSPOT_ALTERNATE_ID' },
    ] } }],
  }
  const begun = await client.crm.imports.coreApi.create({ data: Buffer.from(`First,Email\n${rows.join('\n')}\n`), name: 'people.csv' }, JSON.stringify(request))
  return until(() => client.crm.imports.coreApi.getById(begun.id), (i) => !['STARTED', 'PROCESSING'].includes(i.state))
}

/** Begins an export. The client cannot: it has no way to write the body, which is one of two types. */
const start = (client, body) => client.apiRequest({ method: 'POST', path: '/crm/v3/exports/export/async', body })

const view = (domain, more = {}) => ({
  exportType: 'VIEW', format: 'CSV', exportName: domain, objectType: 'CONTACT', language: 'EN', objectProperties: ['firstname', 'email'],
  associatedObjectType: '', exportInternalValuesOptions: [], overrideAssociatedObjectsPerDefinitionPerRowLimit: false,
  publicCrmSearchRequest: { query: '', filters: [{ propertyName: 'email', operator: 'IN', values: [`ann@${domain}`, `bob@${domain}`] }], sorts: ['-email'] },
  ...more,
})

export default {
  'an import, and what it refused': async (desk) => {
    const domain = `${unique('import')}.example`
    const done = await imported(desk, [`Ann,ann@${domain}`, 'Bob,nonsense'])
    assert.equal(done.state, 'DONE')
    assert.equal(done.metadata.counters.CREATED_OBJECTS, 1)
    const { results } = await desk.client.crm.imports.publicImportsApi.getErrors(done.id)
    assert.equal(results[0].errorType, 'INVALID_EMAIL')
    const { results: all } = await desk.client.crm.imports.coreApi.getPage()
    assert.equal(all[0].id, done.id)
  },

  'an export of what a search finds': async (desk) => {
    const { client } = desk
    const domain = `${unique('export')}.example`
    await imported(desk, [`Ann,ann@${domain}`, `=Bob(),bob@${domain}`])
    const begun = await (await start(client, view(domain))).json()
    assert.match(begun.links.status, new RegExp(`/crm/v3/exports/export/async/tasks/${begun.id}/status$`))
    const done = await until(() => client.crm.exports.publicExportsApi.getStatus(begun.id), (e) => e.status === 'COMPLETE')
    assert.ok(done.startedAt <= done.completedAt)
    const lines = (await (await fetch(done.result)).text()).trim().split('\n').map((line) => line.split(',').slice(1).join())
    assert.deepEqual(lines, ['First name,Email', `'=Bob(),bob@${domain}`, `Ann,ann@${domain}`])
    const answer = await client.apiRequest({ path: `/crm/v3/exports/export/${begun.id}` })
    const one = await answer.json()
    assert.equal(one.exportState, 'DONE')
    assert.equal(one.recordCount, 2)
  },

  'exports that are refused': async ({ client }) => {
    for (const more of [{ format: 'XLS' }, { objectProperties: ['nothing'] }]) {
      const answer = await start(client, view('x.example', more))
      assert.equal(answer.status, 400)
      assert.equal((await answer.json()).category, 'VALIDATION_ERROR')
    }
    await refused(client.crm.exports.publicExportsApi.getStatus(1), 404, 'OBJECT_NOT_FOUND')
  },
}
