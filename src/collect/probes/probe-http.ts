import { readFile } from 'node:fs/promises'
import { TLSSocket } from 'node:tls'
import { readClientSettings, type HttpClientSettings } from '../../outbound/client-settings.ts'
import { describeNetworkError } from '../../outbound/network-words.ts'
import { VERSION } from '../../self/version.ts'
import { checkBody, checkHeaders, checkStatus, wantsBody } from './check-answer.ts'
import { chooseAddress } from './choose-address.ts'
import type { HttpProbe } from './http-module.ts'
import { makeTrip, type TripAnswer } from './http-trip.ts'
import { openConnection, startTls } from './open-connection.ts'
import { ProbeCookies } from './probe-cookies.ts'
import { secondsSince, type ProbeReport } from './probe-report.ts'
import type { ProbeEnv } from './prober.ts'
import { readBody } from './read-body.ts'
import { reportTls } from './report-tls.ts'

const MAX_REDIRECTS = 10
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const DURATION = 'probe_http_duration_seconds'

/** Asks for a page and judges the answer (blackbox_exporter, prober/http.go). */
export async function probeHttp(target: string, probe: HttpProbe, env: ProbeEnv): Promise<boolean> {
  const { report } = env
  for (const phase of ['resolve', 'connect', 'tls', 'processing', 'transfer'])
    report.set(DURATION, 0, 'phase', phase)
  for (const name of ZEROES) report.set(name, 0)
  const url = readTarget(target)
  if (url === undefined) return report.fail('the target is not a URL of http or https')
  const host = bareHost(url)
  const chosen = await chooseAddress(host, probe.choice, env)
  report.add(DURATION, chosen.lookupSeconds, 'phase', 'resolve')
  if (chosen.address === undefined) return false
  try {
    const settings = await readClientSettings(probe.client)
    const body = await readSentBody(probe)
    const visit = new Visit(probe, env, { settings, body, host: url.host, address: chosen.address })
    return await visit.follow(url)
  } catch (thrown) {
    return report.fail(env.signal.aborted ? 'no answer in time' : describeNetworkError(thrown))
  }
}

const ZEROES = [
  'probe_http_content_length',
  'probe_http_uncompressed_body_length',
  'probe_http_redirects',
  'probe_http_ssl',
  'probe_http_status_code',
  'probe_http_version',
  'probe_failed_due_to_regex',
] as const

/** A target without a scheme is asked by http. */
function readTarget(target: string): URL | undefined {
  const text = /^https?:\/\//i.test(target) ? target : `http://${target}`
  return URL.canParse(text) ? new URL(text) : undefined
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

async function readSentBody({ body, bodyFile }: HttpProbe): Promise<Uint8Array> {
  return bodyFile === undefined ? Buffer.from(body, 'utf8') : readFile(bodyFile)
}

interface VisitStart {
  readonly settings: HttpClientSettings
  readonly body: Uint8Array
  /** `host:port` of the target, whose address was chosen already, and to which credentials are sent. */
  readonly host: string
  readonly address: string
}

interface Request {
  readonly url: URL
  readonly method: string
  readonly body: Uint8Array
}

/** One probe with all its redirects. */
class Visit {
  readonly #probe: HttpProbe
  readonly #env: ProbeEnv
  readonly #start: VisitStart
  readonly #report: ProbeReport
  readonly #cookies = new ProbeCookies()

  constructor(probe: HttpProbe, env: ProbeEnv, start: VisitStart) {
    this.#probe = probe
    this.#env = env
    this.#start = start
    this.#report = env.report
  }

  async follow(url: URL): Promise<boolean> {
    let request: Request = { url, method: this.#probe.method, body: this.#start.body }
    for (let redirects = 0; ; redirects++) {
      const trip = await this.#trip(request)
      const next = redirectOf(request, trip.answer)
      if (next === undefined) return this.#judge(trip, true)
      this.#report.set('probe_http_redirects', redirects + 1)
      const isFollowed = this.#start.settings.followRedirects && redirects < MAX_REDIRECTS
      this.#report.note(`redirected to ${next.url.origin}${next.url.pathname}`)
      if (!isFollowed) return this.#judge(trip, false)
      trip.end()
      request = next
    }
  }

  async #trip(request: Request): Promise<Trip> {
    const { url } = request
    const isSecure = url.protocol === 'https:'
    const address = await this.#addressOf(url)
    const { signal } = this.#env
    let phaseMs = performance.now()
    const lap = (phase: string): void => {
      this.#report.add(DURATION, secondsSince(phaseMs), 'phase', phase)
      phaseMs = performance.now()
    }
    const port = Number(url.port === '' ? (isSecure ? 443 : 80) : url.port)
    const plain = await openConnection({ address, port, signal })
    try {
      lap('connect')
      const socket = isSecure ? await this.#secure(plain, url) : plain
      if (isSecure) lap('tls')
      const headers = await this.#headers(url)
      const answer = await makeTrip(socket, { ...request, headers, signal })
      lap('processing')
      this.#cookies.take(url.host, answer.headers.get('set-cookie') ?? [])
      const end = (): void => {
        answer.close()
        socket.destroy()
        plain.destroy()
      }
      return { answer, socket: socket instanceof TLSSocket ? socket : undefined, lap, end }
    } catch (thrown) {
      plain.destroy()
      throw thrown
    }
  }

  async #addressOf(url: URL): Promise<string> {
    if (url.host === this.#start.host) return this.#start.address
    const startMs = performance.now()
    const { lookup, signal } = this.#env
    const [address] = await lookup(bareHost(url), signal)
    this.#report.add(DURATION, secondsSince(startMs), 'phase', 'resolve')
    if (address === undefined) throw new Error(`${bareHost(url)} has no address`)
    return address
  }

  async #secure(plain: Parameters<typeof startTls>[0], url: URL): Promise<TLSSocket> {
    const { settings, host } = this.#start
    const isHome = url.host === host
    const { servername, ...rest } = (await settings.tls()) ?? { rejectUnauthorized: true }
    const named = headerOf(this.#probe.headers, 'host')?.replace(/:\d+$/, '')
    const serverName = isHome ? (servername ?? named ?? bareHost(url)) : bareHost(url)
    return startTls(plain, {
      ...{ settings: rest, serverName, signal: this.#env.signal },
      protocols: this.#probe.client.enableHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    })
  }

  /** Who has left the host that the credentials are for does not get them. */
  async #headers(url: URL): Promise<Record<string, string | readonly string[]>> {
    const isHome = url.host === this.#start.host
    const given = isHome
      ? { ...(await this.#start.settings.headers()), ...this.#probe.headers }
      : {}
    const named = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
    const cookie = this.#cookies.header(url.host)
    return {
      Host: url.host,
      'User-Agent': `Vedette/${VERSION}`,
      ...Object.fromEntries(named.has('host') ? [['Host', named.get('host') ?? '']] : []),
      ...(cookie === undefined ? {} : { Cookie: cookie }),
      ...Object.fromEntries(
        Object.entries(given).filter(([name]) => name.toLowerCase() !== 'host'),
      ),
    }
  }

  async #judge({ answer, socket, lap, end }: Trip, isFinal: boolean): Promise<boolean> {
    const probe = this.#probe
    const report = this.#report
    const { status, version, headers } = answer
    let success = checkStatus(status, probe, report)
    success = success && checkHeaders(headers, probe, report)
    // Of an answer that sends elsewhere only who looks into it needs the body.
    if (isFinal || wantsBody(probe)) {
      const body = await readBody(answer.body, probe, wantsBody(probe))
      // What cannot be unpacked at all has no text that could match.
      const isReadable = body.fault === undefined || body.sizeBytes > 0
      success = success && isReadable && checkBody(body, probe, report)
      if (body.fault !== undefined) success = report.fail(body.fault)
      report.set('probe_http_uncompressed_body_length', isFinal ? body.sizeBytes : 0)
    }
    lap('transfer')
    this.#tell(answer)
    if (probe.validHttpVersions.length > 0 && !probe.validHttpVersions.includes(version))
      success = report.fail(`${version} is none of ${probe.validHttpVersions.join(', ')}`)
    if (socket !== undefined) {
      report.set('probe_http_ssl', 1)
      reportTls(socket, report, { hasCipher: true })
      if (probe.failIfSsl) success = report.fail('the last request went over TLS')
    } else if (probe.failIfNotSsl && success)
      success = report.fail('the last request did not go over TLS')
    end()
    return success
  }

  #tell({ status, version, headers }: TripAnswer): void {
    const report = this.#report
    report.set('probe_http_status_code', status)
    report.set('probe_http_version', Number(version.replace('HTTP/', '')))
    const length = headers.get('content-length')?.[0]
    report.set('probe_http_content_length', length === undefined ? -1 : Number(length))
    const modifiedMs = Date.parse(headers.get('last-modified')?.[0] ?? '')
    if (!Number.isNaN(modifiedMs))
      report.set('probe_http_last_modified_timestamp_seconds', Math.floor(modifiedMs / 1000))
  }
}

interface Trip {
  readonly answer: TripAnswer
  /** Undefined without TLS. */
  readonly socket: TLSSocket | undefined
  /** Counts the time since the last phase to this one. */
  readonly lap: (phase: string) => void
  readonly end: () => void
}

/** As browsers and Go do: what is sent elsewhere by 301, 302 or 303 becomes a GET. */
function redirectOf({ url, method, body }: Request, answer: TripAnswer): Request | undefined {
  const location = answer.headers.get('location')?.[0]
  if (!REDIRECTS.has(answer.status) || location === undefined) return undefined
  if (!URL.canParse(location, url.href)) return undefined
  const next = new URL(location, url)
  if (!/^https?:$/.test(next.protocol)) return undefined
  const keeps = answer.status === 307 || answer.status === 308
  if (keeps) return { url: next, method, body }
  return { url: next, method: method === 'HEAD' ? 'HEAD' : 'GET', body: new Uint8Array() }
}

function headerOf(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1]
}
