// What stories expect of answers.
import assert from 'node:assert/strict'

/** The body of a refusal, which must have this status and category; its message must match. */
export async function refused(promise, status, category, message = /./, what = '') {
  try {
    await promise
  } catch (e) {
    if (e.code === undefined) throw e
    const said = JSON.stringify(e.body)
    assert.equal(e.code, status, said)
    assert.equal(e.body.category, category, said)
    assert.match(e.body.message, message)
    assert.equal(e.body.status, 'error')
    assert.match(e.body.correlationId, /^[0-9a-f-]{36}$/)
    return e.body
  }
  assert.fail(`${what} was not refused with ${status}`)
}

/** What is wrong with property values: the list that is written inside the message. */
export function wrongValues(body) {
  assert.match(body.message, /^Property values were not valid: \[/)
  return JSON.parse(body.message.slice('Property values were not valid: '.length)).map((v) => [v.name, v.error])
}

/** A text that no other story of the same desk uses. */
export const unique = (word) => `${word}${Math.random().toString(36).slice(2, 10)}`

/** A contact with her company and a ticket, as the examples of the documentation know them. */
export async function exampleOf({ client }) {
  const made = async (api, properties) => (await api.create({ properties, associations: [] })).id
  const contact = await made(client.crm.contacts.basicApi, { email: 'ann@example.org', firstname: 'Ann' })
  const company = await made(client.crm.companies.basicApi, { name: 'Example', domain: 'example.org' })
  const ticket = await made(client.crm.tickets.basicApi, { subject: 'The lamp is broken', hs_pipeline_stage: '1' })
  return { contact, company, ticket }
}

/** Writes a mail to the desk, and waits for its thread. */
export async function threadOf(desk, from, subject) {
  desk.mail(from, subject)
  for (let tries = 0; tries < 100; tries++) {
    const { status, body } = await desk.ask('GET', `/crm/v3/objects/contacts/${from}?idProperty=email`)
    const threads = status === 200 && (await desk.ask('GET', `/conversations/v3/conversations/threads?associatedContactId=${body.id}`)).body.results
    if (threads && threads.length > 0) return threads[0].id
    await new Promise((again) => setTimeout(again, 100))
  }
  throw new Error('the mail became no thread')
}
