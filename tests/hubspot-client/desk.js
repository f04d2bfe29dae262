// A running desk, and HubSpot's client on it: nothing of the client is changed but the address of the server (API-1).
import { execFileSync, spawn } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const program = process.env.DESKBELL_BIN ?? join(import.meta.dirname, '../../bin/deskbell')

/** The PostgreSQL server to make databases in; there is none on a machine without its binaries. */
export const postgres = process.env.DESKBELL_TEST_POSTGRES

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address()
  listener.close()
  await once(listener, 'close')
  return port
}

function psql(statement) {
  execFileSync('psql', [postgres, '-v', 'ON_ERROR_STOP=1', '-qc', statement], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** The flags that name a fresh database, and what removes it. */
function store(kind) {
  const data = mkdtempSync(join(tmpdir(), 'deskbell-client-'))
  const dropFolder = () => rmSync(data, { recursive: true, force: true })
  if (kind === 'sqlite') return { flags: ['--data', data], drop: dropFolder }
  const name = `client_${process.pid}_${Date.now()}`
  psql(`CREATE DATABASE ${name}`)
  const url = new URL(postgres)
  url.pathname = `/${name}`
  const drop = () => {
    psql(`DROP DATABASE ${name} WITH (FORCE)`)
    dropFolder()
  }
  return { flags: ['--data', data, '--database', url.href], drop }
}

/** Starts a desk with a user, Ada, and gives an app with every scope the client of a major version. With mail it listens for some. */
export async function startDesk(Client, kind, { mail = false } = {}) {
  const { flags, drop } = store(kind)
  const run = (...words) => execFileSync(program, [...words, ...flags], { encoding: 'utf8' }).trim()
  run('user', 'add', '--email', 'ada@example.org', '--name', 'Ada Lovelace', '--password', 'a long password', '--super-admin')
  const accessToken = run('token', 'add', '--name', 'client')
  const basePath = `http://127.0.0.1:${await freePort()}`
  const smtp = mail ? `127.0.0.1:${await freePort()}` : 'none'
  const server = spawn(program, ['serve', ...flags, '--listen', new URL(basePath).host, '--smtp', smtp, '--webhook-allow', '127.0.0.0/8'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(server, 'exit')
  await new Promise((ready, failed) => {
    let said = ''
    server.stderr.on('data', (chunk) => {
      said += chunk
      if (said.includes('msg=ready')) ready()
    })
    server.once('exit', () => failed(new Error(`the server ended: ${said}`)))
  })
  const stop = async () => {
    server.kill('SIGTERM')
    await ended
    drop()
  }
  const post = (from, subject) => {
    const words = ['-sS', '--url', `smtp://${smtp}`, '--mail-from', from, '--mail-rcpt', 'support@desk.localhost', '--upload-file', '-']
    execFileSync('curl', words, { input: `From: ${from}\r\nTo: support@desk.localhost\r\nSubject: ${subject}\r\n\r\nHello.\r\n` })
  }
  return { ...connect(Client, basePath, accessToken), basePath, accessToken, mail: post, scoped: (scope) => connect(Client, basePath, run('token', 'add', '--name', scope, '--scope', scope)), stop }
}

/** The latest answer to any client: clients tell what it brought, but not with which status. */
const latest = { status: 0, headers: {} }
// By node's http, which version 13 calls by.
subscribe('http.client.response.finish', ({ response }) => {
  latest.status = response.statusCode
  latest.headers = response.headers
})
// By node's fetch, which version 14 calls by; headers are names and values by turns.
subscribe('undici:request:headers', ({ response }) => {
  latest.status = response.statusCode
  const words = response.headers.map(String)
  latest.headers = Object.fromEntries(words.flatMap((w, i) => (i % 2 === 0 ? [[w.toLowerCase(), words[i + 1]]] : [])))
})

/** What a call brought, when it was answered with this status and no other. */
async function is(status, promise) {
  const out = await promise
  if (latest.status !== status) throw new Error(`answered with ${latest.status}, not ${status}`)
  return out
}

/** A client, and the same desk for one who has another token. */
function connect(Client, basePath, accessToken) {
  const client = new Client({ accessToken, basePath, numberOfApiCallRetries: 0 })
  /** Calls an address that the client has no method for. */
  const ask = async (method, path, body) => {
    const response = await client.apiRequest({ method, path, body })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const developer = (developerApiKey) => new Client({ developerApiKey, basePath, numberOfApiCallRetries: 0 })
  return { client, ask, is, latest, developer, as: (token) => connect(Client, basePath, token) }
}
