import { request, type IncomingMessage } from 'node:http'
import { Problem } from '../../model/problem.ts'

/** What a list or a description of Docker may take. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024
const ANSWER_TIMEOUT_MS = 15_000

/** Where a Docker daemon answers. */
export type DockerPlace =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number }

/** The place of `unix:///var/run/docker.sock`, `tcp://host:2375` or `http://host:2375`; undefined for others. */
export function parseDockerHost(text: string): DockerPlace | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'unix:') return { socketPath: url.pathname }
  if ((url?.protocol !== 'tcp:' && url?.protocol !== 'http:') || url.hostname === '')
    return undefined
  return { host: url.hostname, port: url.port === '' ? 2375 : Number(url.port) }
}

/** Asks the API of a Docker daemon, of which every version since 1.24 is understood. */
export class DockerClient {
  readonly #place: DockerPlace

  constructor(place: DockerPlace) {
    this.#place = place
  }

  /** The answer to a GET as JSON. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)])
    const answer = await this.open(path, within)
    const chunks: Buffer[] = []
    let sizeBytes = 0
    for await (const chunk of answer) {
      const bytes: unknown = chunk
      if (!Buffer.isBuffer(bytes)) continue
      sizeBytes += bytes.length
      if (sizeBytes > MAX_ANSWER_BYTES)
        throw new Problem('limit', 'the answer of Docker is too large')
      chunks.push(bytes)
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  }

  /** The answer to a GET as it comes, until it ends or `signal` says so. Rejects unless Docker answers 200. */
  open(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { host: 'docker' }
      const sent = request({ ...this.#place, path, signal, headers, agent: false }, (answer) => {
        if (answer.statusCode === 200) {
          resolve(answer)
          return
        }
        answer.resume()
        reject(new Problem('unavailable', `Docker answers ${answer.statusCode} to ${path}`))
      })
      sent.once('error', reject)
      sent.end()
    })
  }
}
