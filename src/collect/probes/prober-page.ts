import type { MetricFamily } from '../../model/metric-family.ts'
import { Problem } from '../../model/problem.ts'
import { lookupHost, type LookupHost } from './lookup-host.ts'
import type { ProbeModule, ProbeModules } from './probe-module.ts'
import { runProbe } from './run-probe.ts'

/** Asked for by nobody who says how long he waits: as long as blackbox_exporter. */
const DEFAULT_TIMEOUT_MS = 120_000
/** So much before who asks gives up, he is answered that the probe failed. */
const ANSWER_MS = 500
const DEFAULT_MODULE = 'http_2xx'
/** Probes at one time. Whoever may ask for probes must not be able to use up this machine's connections. */
const MAX_PROBES = 250
const MAX_TARGET_CHARS = 8192

/** One request for a probe, as `/probe?target=&module=&hostname=&debug=` has it. */
export interface ProbeRequest {
  readonly params: { get(name: string): string | null }
  /** How long who asks waits (`X-Prometheus-Scrape-Timeout-Seconds`); undefined when he does not say. */
  readonly waitMs: number | undefined
  readonly signal: AbortSignal
}

export interface ProbeAnswer {
  readonly families: readonly MetricFamily[]
  /** What is answered instead when `debug=true`. */
  readonly notes: readonly string[]
  readonly success: boolean
}

export interface ProberOptions {
  readonly modules: () => ProbeModules
  readonly lookup?: LookupHost
  readonly pingProgram?: string
}

/** Probes on request. */
export class Prober {
  readonly #options: ProberOptions
  #running = 0

  constructor(options: ProberOptions) {
    this.#options = options
  }

  /** Rejects with a `Problem`: `bad_data` for what names no module or target, `unavailable` where too many probes run. */
  async answer({ params, waitMs, signal }: ProbeRequest): Promise<ProbeAnswer> {
    const { modules, lookup = lookupHost, pingProgram = 'ping' } = this.#options
    const name = params.get('module') ?? ''
    const module = modules().get(name === '' ? DEFAULT_MODULE : name)
    if (module === undefined)
      throw new Problem('bad_data', `Unknown module ${JSON.stringify(name.slice(0, 200))}`)
    const target = params.get('target') ?? ''
    if (target === '') throw new Problem('bad_data', 'Target parameter is missing')
    if (target.length > MAX_TARGET_CHARS) throw new Problem('bad_data', 'the target is too long')
    if (this.#running >= MAX_PROBES)
      throw new Problem('unavailable', `${MAX_PROBES} probes run already`)
    this.#running++
    try {
      return await runProbe({
        target,
        module: withHost(module, params.get('hostname') ?? ''),
        timeoutMs: decideTimeout(module.timeoutMs, waitMs),
        ...{ signal, lookup, pingProgram },
      })
    } finally {
      this.#running--
    }
  }
}

/** The module's timeout, but so that the answer comes before who asks gives up. */
export function decideTimeout(moduleMs: number | undefined, waitMs: number | undefined): number {
  const mostMs = (waitMs === undefined || waitMs === 0 ? DEFAULT_TIMEOUT_MS : waitMs) - ANSWER_MS
  if (moduleMs !== undefined && moduleMs < mostMs) return moduleMs
  // Who waits less than that is answered in half of his time.
  return mostMs > 0 ? mostMs : (moduleMs ?? (waitMs ?? ANSWER_MS) / 2)
}

/** `hostname=`: the name that is asked for at the address that is the target. */
function withHost(module: ProbeModule, host: string): ProbeModule {
  if (host === '') return module
  if (/[\r\n\0\s]/.test(host)) throw new Problem('bad_data', 'hostname is not a name')
  if (module.prober === 'http') {
    const { http } = module
    const own = Object.entries(http.headers).find(([name]) => name.toLowerCase() === 'host')?.[1]
    if (own !== undefined && own !== host) {
      const message = `host header defined both in module configuration (${own}) and with URL-parameter 'hostname' (${host})`
      throw new Problem('bad_data', message)
    }
    return { ...module, http: { ...http, headers: { ...http.headers, Host: host } } }
  }
  if (module.prober !== 'tcp' || module.tcp.tls?.serverName !== undefined) return module
  const tls = module.tcp.tls ?? NO_TLS
  return { ...module, tcp: { ...module.tcp, tls: { ...tls, serverName: host } } }
}

const NO_TLS = {
  ca: undefined,
  caFile: undefined,
  cert: undefined,
  certFile: undefined,
  key: undefined,
  keyFile: undefined,
  serverName: undefined,
  insecureSkipVerify: false,
  minVersion: undefined,
  maxVersion: undefined,
}
