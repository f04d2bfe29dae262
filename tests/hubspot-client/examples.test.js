// Every example of docs/api, run as its reader would: in bash with curl, by node with HubSpot's client, by go run. The number after
// the language is the status that the server must answer with (API-7).
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'

import { Client } from 'hubspot-14'

import { startDesk } from './desk.js'
import { exampleOf, threadOf } from './stories/expect.js'

const here = import.meta.dirname
const pages = join(here, '../../docs/api')
const run = promisify(execFile)

/** What runs an example of each language in a folder of its own, and says on which line the status is. */
const languages = {
  sh: { file: 'example.sh', words: (path) => ['bash', ['-euo', 'pipefail', path]] },
  js: { file: 'example.mjs', words: (path) => ['node', ['--import', join(here, 'tell-status.js'), path]] },
  go: { file: 'main.go', words: (path) => ['go', ['run', path]] },
}

/** curl as the examples call it, which tells the status on the side. */
const curl = '#!/bin/sh\nself=$(dirname "$0")\nPATH=${PATH#"$self":}\nexec curl -sS -w \'%{stderr}status %{http_code}\\n\' "$@"\n'

function workshop() {
  const folder = mkdtempSync(join(tmpdir(), 'deskbell-examples-'))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/curl'), curl, { mode: 0o755 })
  mkdirSync(join(folder, 'node_modules/@hubspot'), { recursive: true })
  symlinkSync(join(here, 'node_modules/hubspot-14'), join(folder, 'node_modules/@hubspot/api-client'))
  return folder
}

describe('the examples of docs/api', () => {
  let desk, folder, env
  before(async () => {
    desk = await startDesk(Client, 'sqlite', { mail: true })
    folder = workshop()
    const { ticket, contact, company } = await exampleOf(desk)
    const thread = await threadOf(desk, 'eli@example.org', 'The lamp is dark')
    env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, DESK: desk.basePath, TOKEN: desk.accessToken,
      TICKET: ticket, CONTACT: contact, COMPANY: company, THREAD: thread }
  })
  after(async () => {
    if (folder) rmSync(folder, { recursive: true, force: true })
    await desk?.stop()
  })

  for (const page of readdirSync(pages).filter((name) => name.endsWith('.md'))) {
    const text = readFileSync(join(pages, page), 'utf8')
    for (const [, language, status, code] of text.matchAll(/^```(sh|js|go) (\d+)\n(.*?)^```$/gms)) {
      test(`${page}: ${language}`, async () => {
        const { file, words } = languages[language]
        const path = join(folder, file)
        writeFileSync(path, code)
        const [program, args] = words(path)
        const { stdout, stderr } = await run(program, args, { env, cwd: folder, timeout: 120_000 })
        const told = language === 'go' ? stdout.match(/^(\d+) /m) : stderr.match(/^status (\d+)$/m)
        assert.equal(told?.[1], status, `${stdout}${stderr}`)
      })
    }
  }

  test('every page of a resource has an example in each language', () => {
    const without = ['README.md', 'moving-from-hubspot.md']
    for (const page of readdirSync(pages).filter((name) => name.endsWith('.md') && !without.includes(name))) {
      const text = readFileSync(join(pages, page), 'utf8')
      for (const language of Object.keys(languages)) assert.match(text, new RegExp(`^\`\`\`${language} \\d+$`, 'm'), page)
    }
  })
})
