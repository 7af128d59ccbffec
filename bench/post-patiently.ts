import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** Sends one request, again and again while the server asks for patience. Rejects for any other status than `done`. */
export async function postPatiently(
  url: string,
  body: Uint8Array,
  options: {
    readonly agent: http.Agent
    readonly headers: http.OutgoingHttpHeaders
    readonly done: number
  },
): Promise<void> {
  const { agent, done } = options
  const headers = { ...options.headers, 'content-length': body.length }
  for (;;) {
    const { status, text } = await new Promise<{ status: number; text: string }>(
      (resolve, reject) => {
        const request = http.request(url, { method: 'POST', agent, headers }, (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
          )
          answer.on('error', reject)
        })
        request.on('error', reject)
        request.end(body)
      },
    )
    if (status === done) return
    if (status !== 503) throw new Error(`${status} ${text}`)
    await sleep(100)
  }
}
