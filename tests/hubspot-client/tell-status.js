// Loaded before an example: tells on the side with which status its latest call was answered, which the client keeps to itself.
import { subscribe } from 'node:diagnostics_channel'

let status = 0
subscribe('http.client.response.finish', ({ response }) => {
  status = response.statusCode
})
subscribe('undici:request:headers', ({ response }) => {
  status = response.statusCode
})
process.on('exit', () => console.error(`status ${status}`))
