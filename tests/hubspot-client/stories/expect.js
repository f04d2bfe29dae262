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
