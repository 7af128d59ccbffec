import grpc from '@grpc/grpc-js'
import { messageOf } from '../model/problem.ts'
import { readClientSettings } from '../outbound/client-settings.ts'
import type { HttpClientConfig } from '../outbound/http-client.ts'
import type { SendOutcome } from './remote-sender.ts'

/** Codes after which the specification of OTLP sends again ("OTLP/gRPC, Failures"); RESOURCE_EXHAUSTED only where a time is told. */
const RETRYABLE: ReadonlySet<number> = new Set([
  grpc.status.CANCELLED,
  grpc.status.DEADLINE_EXCEEDED,
  grpc.status.RESOURCE_EXHAUSTED,
  grpc.status.ABORTED,
  grpc.status.OUT_OF_RANGE,
  grpc.status.UNAVAILABLE,
  grpc.status.DATA_LOSS,
])

/** Sends requests of OTLP over gRPC to one receiver. */
export class GrpcSender {
  readonly #url: URL
  readonly #config: HttpClientConfig
  readonly #isCompressed: boolean
  #client: Promise<{ readonly client: grpc.Client; readonly metadata: grpc.Metadata }> | undefined

  constructor(url: string, config: HttpClientConfig, isCompressed: boolean) {
    this.#url = new URL(url)
    this.#config = config
    this.#isCompressed = isCompressed
  }

  async send(path: string, body: Uint8Array, signal: AbortSignal): Promise<SendOutcome> {
    try {
      this.#client ??= this.#open()
      const { client, metadata } = await this.#client
      return await call(client, path, body, metadata, signal)
    } catch (thrown) {
      // Files of certificates may be there later.
      this.#client = undefined
      return { kind: 'later', message: messageOf(thrown) }
    }
  }

  async close(): Promise<void> {
    const opened = await this.#client?.catch(() => undefined)
    opened?.client.close()
  }

  async #open(): Promise<{ readonly client: grpc.Client; readonly metadata: grpc.Metadata }> {
    const settings = await readClientSettings(this.#config)
    const metadata = new grpc.Metadata()
    for (const [name, value] of Object.entries(await settings.headers())) {
      for (const each of [value].flat()) metadata.add(name, each)
    }
    const client = new grpc.Client(this.#url.host, await this.#credentials(), {
      'grpc.enable_channelz': 0,
      ...(this.#isCompressed
        ? { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip }
        : {}),
      ...(this.#config.tls?.serverName === undefined
        ? {}
        : { 'grpc.ssl_target_name_override': this.#config.tls.serverName }),
    })
    return { client, metadata }
  }

  async #credentials(): Promise<grpc.ChannelCredentials> {
    if (this.#url.protocol === 'http:') return grpc.credentials.createInsecure()
    const settings = await readClientSettings(this.#config)
    const tls = await settings.tls()
    const pem = (text: string | undefined): Buffer | null =>
      text === undefined ? null : Buffer.from(text)
    return grpc.credentials.createSsl(pem(tls?.ca), pem(tls?.key), pem(tls?.cert), {
      rejectUnauthorized: this.#config.tls?.insecureSkipVerify !== true,
    })
  }
}

function call(
  client: grpc.Client,
  path: string,
  body: Uint8Array,
  metadata: grpc.Metadata,
  signal: AbortSignal,
): Promise<SendOutcome> {
  return new Promise((resolve) => {
    const abort = (): void => request.cancel()
    const request = client.makeUnaryRequest(
      path,
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes: Buffer) => bytes,
      body,
      metadata,
      (error) => {
        signal.removeEventListener('abort', abort)
        resolve(error === null ? { kind: 'sent' } : outcomeOf(error))
      },
    )
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

function outcomeOf({ code, details }: grpc.ServiceError): SendOutcome {
  const message = `gRPC ${grpc.status[code] ?? code}: ${details.slice(0, 200)}`
  return { kind: RETRYABLE.has(code) ? 'later' : 'refused', message }
}
