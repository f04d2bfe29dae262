// Files and folders, from upload to deletion, and files that are fetched from elsewhere.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'

import { refused, unique } from './expect.js'

const uploaded = (desk, name, text, folderPath, options = { access: 'PRIVATE' }) =>
  desk.client.files.filesApi.upload({ data: Buffer.from(text), name }, undefined, folderPath, name, undefined, JSON.stringify(options))

/** What lies at an address, for somebody without a token. */
const fetched = async (url) => (await fetch(url)).text()

/** A server that has one text. */
async function elsewhere(text) {
  const server = createServer((_, response) => response.end(text)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${server.address().port}/manual.txt`, close: () => server.close() }
}

/** The task, once it is done. */
async function done(ask) {
  for (let tries = 0; tries < 100; tries++) {
    const task = await ask()
    if (task.status === 'COMPLETE') return task
    await new Promise((again) => setTimeout(again, 100))
  }
  throw new Error('the task does not end')
}

export default {
  'a file is uploaded, found, read by a link, replaced and deleted': async (desk) => {
    const { filesApi } = desk.client.files
    const folder = `/${unique('manuals')}`
    const lamp = await desk.is(201, uploaded(desk, 'lamp.txt', 'It has three parts.', folder))
    assert.deepEqual([lamp.name, lamp.extension, lamp.path, lamp.access, lamp.type], ['lamp', 'txt', `${folder}/lamp.txt`, 'PRIVATE', 'DOCUMENT'])
    assert.equal((await desk.is(200, filesApi.getById(lamp.id))).fileMd5, lamp.fileMd5)
    assert.equal((await desk.is(200, filesApi.getMetadata(lamp.path))).file.id, lamp.id)
    const found = await desk.is(200, filesApi.doSearch(undefined, undefined, undefined, 10, undefined, undefined, undefined, undefined, undefined, undefined,
      undefined, undefined, undefined, undefined, undefined, undefined, [lamp.parentFolderId]))
    assert.deepEqual(found.results.map((f) => f.id), [lamp.id])

    const signed = await desk.is(200, filesApi.getSignedUrl(lamp.id, undefined, 60))
    assert.equal(await fetched(signed.url), 'It has three parts.')
    assert.notEqual((await fetch(signed.url.replace('signature=', 'signature=x'))).status, 200)
    const renamed = await desk.is(200, filesApi.updateProperties(lamp.id, { name: 'desk-lamp' }))
    assert.equal(renamed.path, `${folder}/desk-lamp.txt`)
    const file = { data: Buffer.from('It has four parts.'), name: 'lamp.txt' }
    const replaced = await desk.is(200, filesApi.replace(lamp.id, file, undefined, JSON.stringify({ access: 'PRIVATE' })))
    assert.deepEqual([replaced.id, replaced.size], [lamp.id, 18])
    assert.equal(await fetched((await filesApi.getSignedUrl(lamp.id)).url), 'It has four parts.')

    await desk.is(204, filesApi.archive(lamp.id))
    await refused(filesApi.getById(lamp.id), 404, 'OBJECT_NOT_FOUND')
    const shade = await uploaded(desk, 'shade.txt', 'It has one part.', folder)
    await desk.is(204, filesApi._delete(shade.id))
    await refused(filesApi.getById(shade.id), 404, 'OBJECT_NOT_FOUND')
  },

  'uploads that cannot be': async (desk) => {
    const { filesApi } = desk.client.files
    const file = { data: Buffer.from('x'), name: 'x.txt' }
    await refused(filesApi.upload(file, undefined, '/x', 'x.txt', undefined, '{}'), 400, 'VALIDATION_ERROR')
    await refused(filesApi.upload(file, undefined, '/x', 'x.txt', undefined, '{"access":"EVERYBODY"}'), 400, 'VALIDATION_ERROR')
    await refused(filesApi.upload(file, '999999999', undefined, 'x.txt', undefined, '{"access":"PRIVATE"}'), 404, 'OBJECT_NOT_FOUND')
    await refused(filesApi.getSignedUrl('999999999'), 404, 'OBJECT_NOT_FOUND')
    await refused(desk.scoped('tickets').client.files.filesApi.getById('1'), 403, 'MISSING_SCOPES')
  },

  'a folder is made, found, moved and deleted': async (desk) => {
    const { foldersApi, filesApi } = desk.client.files
    const name = unique('Lamps')
    const folder = await desk.is(201, foldersApi.create({ name }))
    assert.deepEqual([folder.name, folder.path], [name, `/${name}`])
    const inner = await desk.is(201, foldersApi.create({ name: 'old', parentFolderId: folder.id }))
    const text = await uploaded(desk, 'a.txt', 'a', inner.path)
    assert.equal((await desk.is(200, foldersApi.getById(inner.id))).path, `/${name}/old`)
    const found = await desk.is(200, foldersApi.doSearch(undefined, undefined, undefined, 10, undefined, undefined, undefined, undefined, undefined, undefined,
      undefined, undefined, undefined, undefined, name))
    assert.deepEqual(found.results.map((f) => f.id), [folder.id])
    await desk.is(200, foldersApi.updateProperties(inner.id, { name: 'new' }))
    assert.equal((await filesApi.getById(text.id)).path, `/${name}/new/a.txt`)
    const moved = await desk.is(202, foldersApi.updatePropertiesRecursively({ id: inner.id, name: 'newer' }))
    await done(() => foldersApi.checkUpdateStatus(moved.id))
    assert.equal((await filesApi.getById(text.id)).path, `/${name}/newer/a.txt`)
    await desk.is(204, foldersApi.archive(folder.id))
    await refused(foldersApi.getById(inner.id), 404, 'OBJECT_NOT_FOUND')
    await refused(filesApi.getById(text.id), 404, 'OBJECT_NOT_FOUND')
  },

  'a file is fetched from elsewhere': async (desk) => {
    const { filesApi } = desk.client.files
    const there = await elsewhere('From far away.')
    const asked = await desk.is(202, filesApi.importFromUrl({ url: there.url, access: 'PUBLIC_NOT_INDEXABLE', folderPath: `/${unique('far')}`, name: 'far' }))
    const task = await done(() => filesApi.checkImport(asked.id))
    there.close()
    assert.deepEqual([task.result.name, task.result.extension], ['far', 'txt'])
    assert.equal(await fetched(task.result.url), 'From far away.')
    await refused(filesApi.importFromUrl({ url: there.url }), 400, 'VALIDATION_ERROR', /access/)
    await refused(filesApi.checkImport('999999999'), 404, 'OBJECT_NOT_FOUND')
  },
}
