import { request, type IncomingMessage } from 'node:http'
import { Problem } from '../../model/problem.ts'

export interface SocketQuestion {
  readonly socketPath: string
  readonly path: string
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * The answer to a GET on a local socket as JSON; undefined for 404. Rejects with a `Problem` when there is no answer in time,
 * another status, more bytes than allowed, or no JSON.
 */
export async function askSocket(question: SocketQuestion): Promise<unknown> {
  const { path, maxBytes, timeoutMs, signal } = question
  const late = AbortSignal.timeout(timeoutMs)
  try {
    const answer = await open(question, AbortSignal.any([signal, late]))
    if (answer.statusCode !== 200) {
      answer.destroy()
      if (answer.statusCode === 404) return undefined
      throw new Problem('unavailable', `answers ${answer.statusCode} to GET ${path}`)
    }
    return parse(await readAll(answer, maxBytes), path)
  } catch (error) {
    if (late.aborted) throw new Problem('timeout', `no answer within ${timeoutMs} ms`)
    throw error
  }
}

function open({ socketPath, path }: SocketQuestion, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({
      ...{ socketPath, path, signal, method: 'GET', headers: { host: 'docker' }, agent: false },
    })
    sent.once('response', resolve)
    sent.once('error', (error) => reject(new Problem('unavailable', describe(error))))
    sent.end()
  })
}

function describe(error: Error): string {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'the socket is not there'
  if (code === 'EACCES' || code === 'EPERM') return 'the socket may not be opened by this user'
  if (code === 'ECONNREFUSED') return 'nobody answers on the socket'
  return error.message
}

async function readAll(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of answer) {
    const bytes: unknown = chunk
    if (!Buffer.isBuffer(bytes)) continue
    sizeBytes += bytes.length
    if (sizeBytes > maxBytes) {
      throw new Problem('limit', `an answer has more than ${maxBytes} bytes`)
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function parse(bytes: Buffer, path: string): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return value
  } catch {
    throw new Problem('bad_data', `the answer to GET ${path} is not JSON`)
  }
}
