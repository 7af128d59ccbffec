import { request, type IncomingMessage } from 'node:http'
import { Problem } from '../../model/problem.ts'

/** What a list or a description of Docker may take. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024
const ANSWER_TIMEOUT_MS = 15_000

/** Asks the API of a Docker daemon, of which every version since 1.24 is understood. */
export class DockerClient {
  readonly #place:
    | { readonly socketPath: string }
    | { readonly host: string; readonly port: number }

  /** `unix:///var/run/docker.sock`, `tcp://host:2375` or `http://host:2375`; throws a `Problem` for others. */
  constructor(host: string) {
    const url = URL.canParse(host) ? new URL(host) : undefined
    if (url?.protocol === 'unix:') this.#place = { socketPath: url.pathname }
    else if ((url?.protocol === 'tcp:' || url?.protocol === 'http:') && url.hostname !== '') {
      this.#place = { host: url.hostname, port: url.port === '' ? 2375 : Number(url.port) }
    } else {
      throw new Problem(
        'bad_data',
        `a Docker host must be unix:///path, tcp://host:port or http://host:port, not ${JSON.stringify(host)}`,
      )
    }
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
