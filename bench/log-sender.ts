import { openSync, readSync, closeSync } from 'node:fs'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PushFile, PushForm } from './log-data.ts'
import { postPatiently } from './post-patiently.ts'

export interface SendOptions {
  readonly url: string
  readonly path: string
  readonly form: PushForm
  readonly senders: number
  /** Bytes of text a second of all senders; undefined for as fast as they are answered. */
  readonly bytesPerSecond?: number
  /** Ends the sending early. */
  readonly until?: () => boolean
}

const HEADERS = {
  json: { 'content-type': 'application/json' },
  protobuf: { 'content-type': 'application/x-protobuf' },
}

/** Sends the requests of a file over some connections, each with one request in flight. Answers the bytes of text that were sent. */
export async function sendPushes(file: PushFile, options: SendOptions): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: options.senders })
  const descriptor = openSync(options.path, 'r')
  const begunMs = performance.now()
  let next = 0
  let sentBytes = 0
  const send = async (): Promise<void> => {
    while (next < file.ends.length && options.until?.() !== true) {
      const at = next++
      const start = at === 0 ? 0 : (file.ends[at - 1] ?? 0)
      const body = Buffer.allocUnsafe((file.ends[at] ?? 0) - start)
      readSync(descriptor, body, 0, body.length, start)
      await post(options, body, agent)
      sentBytes += file.textBytes[at] ?? 0
      const dueMs = (sentBytes / (options.bytesPerSecond ?? Infinity)) * 1000
      const earlyMs = dueMs - (performance.now() - begunMs)
      if (options.bytesPerSecond !== undefined && earlyMs > 1) await sleep(earlyMs)
    }
  }
  try {
    await Promise.all(Array.from({ length: options.senders }, send))
  } finally {
    agent.destroy()
    closeSync(descriptor)
  }
  return sentBytes
}

function post({ url, form }: SendOptions, body: Buffer, agent: http.Agent): Promise<void> {
  const to = `${url}/loki/api/v1/push`
  return postPatiently(to, body, { agent, headers: HEADERS[form], done: 204 })
}
