/** A push to the Loki API. */
export interface PushBody {
  readonly streams: readonly {
    readonly stream: Readonly<Record<string, string>>
    readonly values: readonly (readonly [ns: string, line: string, metadata?: object])[]
  }[]
}

/** Each would run or break out if it were put into a page as it is. */
export const HOSTILE_LINES = [
  '<img src=x onerror=fail()>',
  '"><script>fail()</script><svg onload=fail()>',
  '{"msg":"</span><script>fail()</script>","javascript:fail()":"${fail()}{{fail()}}"}',
  '\u001b]8;;javascript:fail()\u0007link\u001b]8;;\u0007 \u001b[31mred\u001b[0m \u202egnp.exe',
  'level=error url="javascript:fail()" html="<iframe srcdoc=<script>fail()</script>>"',
] as const

const LEVELS = ['info', 'info', 'info', 'info', 'debug', 'warn', 'error'] as const
const PATHS = ['/', '/cart', '/login', '/api/items', '/healthz'] as const

/**
 * Lines as servers write them, the last one second before `nowMs`, each a moment after the one before: a web server in JSON, a
 * worker in logfmt, a system service in prose.
 */
export function samplePush(nowMs: number, count: number, spanMs: number): PushBody {
  const at = (i: number): string =>
    `${Math.round(nowMs - 1000 - spanMs + (spanMs * (i + 1)) / count)}${String(i % 1e6).padStart(6, '0')}`
  const of = (kind: number) =>
    Array.from({ length: count }, (_none, i) => i).filter((i) => i % 3 === kind)
  return {
    streams: [
      {
        stream: { job: 'shop', app: 'web', pod: 'web-1' },
        values: of(0).map((i) => [at(i), webLine(i), { trace_id: `t${i}` }]),
      },
      {
        stream: { job: 'shop', app: 'worker', pod: 'worker-1' },
        values: of(1).map((i) => [at(i), workerLine(i)]),
      },
      {
        stream: { job: 'system', unit: 'ssh.service' },
        values: of(2).map((i) => [at(i), systemLine(i)]),
      },
    ],
  }
}

function webLine(i: number): string {
  return JSON.stringify({
    level: LEVELS[i % LEVELS.length],
    msg: 'request served',
    http: {
      method: i % 4 === 0 ? 'POST' : 'GET',
      path: PATHS[i % PATHS.length],
      status: 200 + (i % 3),
    },
    duration_ms: (i * 37) % 900,
  })
}

function workerLine(i: number): string {
  const level = LEVELS[(i * 3) % LEVELS.length]
  return `level=${level} msg="job ${i} done" queue=mail took=${(i * 13) % 700}ms`
}

function systemLine(i: number): string {
  return i % 5 === 0
    ? `Failed password for invalid user admin from 203.0.113.${i % 250} port ${40_000 + i} ssh2`
    : `Accepted publickey for deploy from 198.51.100.${i % 250} port ${40_000 + i} ssh2`
}
