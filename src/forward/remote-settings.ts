import type { HttpClientConfig } from '../outbound/http-client.ts'
import type { Secret } from '../yaml/secret.ts'

/** How another program is spoken to. */
export type RemoteProtocol = 'otlp-grpc' | 'otlp-http' | 'loki' | 'remote-write'

/** Where the data of each signal goes. URLs may hold passwords. */
export interface RemoteUrls {
  readonly traces?: Secret
  readonly metrics?: Secret
  readonly logs?: Secret
}

/** What is done when a request fails in a way that may pass. */
export interface RetrySettings {
  readonly initialMs: number
  readonly maxMs: number
  /** A request is given up after so long; Infinity: never, as long as the queue holds it. 0: it is not sent again. */
  readonly maxElapsedMs: number
}

/** Requests that wait on disk. Past a bound new ones are dropped and counted. */
export interface QueueSettings {
  readonly maxBytes: number
  readonly maxRequests: number
}

/** An exporter that sends to another program. */
export interface RemoteSettings {
  readonly kind: 'remote'
  readonly protocol: RemoteProtocol
  readonly urls: RemoteUrls
  readonly http: HttpClientConfig
  readonly isCompressed: boolean
  readonly timeoutMs: number
  readonly retry: RetrySettings
  readonly queue: QueueSettings
  /** Labels that every series gets. */
  readonly externalLabels: Readonly<Record<string, string>>
}

/** What an exporter of the collector is here. */
export type ExporterSpec =
  /** The address is this program's own, or stands for what its store is asked for: data goes into the store. */
  | { readonly kind: 'own' }
  /** Tells the log what came, as much as `verbosity` says. */
  | { readonly kind: 'debug'; readonly verbosity: 'basic' | 'normal' | 'detailed' }
  | { readonly kind: 'nop' }
  | RemoteSettings
