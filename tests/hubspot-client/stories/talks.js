// What is said: who a visitor is.
import assert from 'node:assert/strict'

import { refused, unique } from './expect.js'

/** What a token says, in its middle part. */
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())

export default {
  'a website says who its visitor is': async (desk) => {
    const { generateApi } = desk.client.conversations.visitorIdentification
    const email = `${unique('ann')}@example.org`
    const { token } = await desk.is(200, generateApi.generateToken({ email, firstName: 'Ann', lastName: 'Lee' }))
    const says = claimsOf(token)
    assert.deepEqual([says.sub, says.firstName, says.lastName, says.exp - says.iat], [email, 'Ann', 'Lee', 12 * 60 * 60])
    await desk.is(200, generateApi.generateToken({ email }))
    assert.equal((await desk.ask('POST', '/visitor-identification/2026-09/tokens/create', { email })).status, 200)

    const { total } = await desk.client.crm.contacts.searchApi.doSearch({ filterGroups: [{ filters: [{ propertyName: 'email', operator: 'EQ', value: email }] }] })
    assert.equal(total, 0)
    await refused(generateApi.generateToken({ email: 'ann' }), 400, 'VALIDATION_ERROR', /Email address/)
    await refused(generateApi.generateToken({}), 400, 'VALIDATION_ERROR', /Some required fields were not set: \[email\]/)
    await refused(desk.scoped('conversations.read').client.conversations.visitorIdentification.generateApi.generateToken({ email }), 403, 'MISSING_SCOPES')
  },
}
