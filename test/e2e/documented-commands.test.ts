import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LISTENER_NAMES } from '../../src/http/listen-section.ts'
import {
  isSynopsis,
  listPages,
  readCommandBlocks,
  type DocumentedCommand,
} from '../documentation/read-commands.ts'
import { projectRoot } from '../house/read-sources.ts'
import { documentedFiles } from './tools/documented-files.ts'
import { findFreePorts } from './free-ports.ts'
import { startServer, type Server } from './server.ts'
import { hasPrograms, notice } from './tools/notice.ts'
import { run } from './tools/programs.ts'
import { runVedette, startVedette, type RunningVerb } from './tools/run-vedette.ts'
import { waitFor } from './tools/wait-for.ts'

/** Commands that are not run here, and why: what they do is proven elsewhere, or needs what a test must not touch. */
const NOT_RUN: readonly (readonly [RegExp, string])[] = [
  [
    /^sudo |\bsystemctl\b|journalctl/,
    'changes this machine; deploy.test.ts installs into a folder',
  ],
  [/^npm |^make /, 'works on the checkout itself'],
  [/^git /, 'works on the checkout itself'],
  [
    /(?:^|\|\s*)(?:docker|docker-compose|kubectl|helm|ansible\S*) /,
    'needs what is watched, not what watches',
  ],
  [/s3:\/\//, 'needs a store of objects; backup.test.ts plays one'],
  [
    /--archive reference|--take-archive|^vedette backup verify \S+ --config/,
    'needs an archive in a store of objects; backup-archive.test.ts plays one',
  ],
  [/completion (?:zsh|fish)/, 'needs that shell'],
  [/node app\.js/, 'needs an application; sdk-node.test.ts has one'],
  [/curl -u admin /, 'asks for a password'],
  [
    /^curl -u "vedette:/,
    'asks the engine of the line before it; test/integration/store-over-tcp.test.ts does',
  ],
  [/^vedette move /, 'needs a second engine; move.test.ts has one'],
  [/^vedette downgrade /, 'needs data of an older program; upgrade.test.ts makes some'],
  [/^vedette move /, 'needs a ClickHouse; move.test.ts has an engine for one'],
  [/^vedette try /, 'needs an existing stack; try.test.ts has one'],
  [/^vedette capacity$/, 'needs a PostgreSQL; postgres.test.ts has one'],
  [/^cp |^cd deploy/, 'works on the checkout itself'],
]

/** Ports of the documentation, by the listener that answers there. */
const PORTS = {
  3000: 'ui',
  9090: 'prometheus',
  9091: 'pushgateway',
  9093: 'alertmanager',
  3100: 'loki',
  3200: 'tempo',
  4317: 'otlp-grpc',
  4318: 'otlp-http',
  1514: 'syslog',
} as const

/** Verbs that run until they are interrupted; each is given time to say that it is there. */
const WRAPPER = `#!/bin/bash
flags=()
if [ "$1" = start ] || [ "$1" = agent ]; then
  for name in $LISTENERS; do flags+=(--listen.$name off); done
  [ "$1" = agent ] && flags=()
  case " $* " in *' --data '*) ;; *) flags+=(--data "$(mktemp -d -p "$SCRATCH")") ;; esac
fi
[ "$1" = load ] && flags=(--url "$DEMO" --duration 8s)
case " $* " in
  ' start '*|' agent '*|' demo '*|' engine '*|*' logs -f '*|*' logs --follow '*) ;;
  *) exec "$PROGRAM" "$@" "\${flags[@]}" ;;
esac
out=$(mktemp -p "$SCRATCH")
"$PROGRAM" "$@" "\${flags[@]}" >"$out" 2>&1 &
pid=$!
case "$1" in
  start|agent) said='is ready|msg=ready' ;;
  logs) said='' ;;
  *) said='Ctrl-C|http' ;;
esac
for _ in $(seq 300); do
  kill -0 $pid 2>/dev/null || break
  # One that follows says nothing where nothing comes: that it goes on is enough.
  [ -z "$said" ] && sleep 2 && break
  grep -Eq "$said" "$out" && break
  sleep 0.1
done
if ! kill -0 $pid 2>/dev/null; then wait $pid; code=$?; cat "$out"; exit $code; fi
grep -Eq "$said" "$out" || [ -z "$said" ] || { cat "$out"; kill -KILL $pid; exit 99; }
sleep 0.5
kill -INT $pid
wait $pid
code=$?
cat "$out"
[ $code = 130 ] && exit 0
exit $code
`

/** What stands before the programs themselves on the path; curl fails where the answer is a fault. */
const WRAPPERS: Readonly<Record<string, string>> = {
  vedette: WRAPPER,
  curl: `#!/bin/bash
PATH=\${PATH#*:} exec curl --fail-with-body --silent --show-error "$@"
`,
}

/** Takes what is told to people. */
const receiver = {
  server: createServer((_request, response) => response.end()),
  url: async (): Promise<string> => {
    if (!receiver.server.listening) await once(receiver.server.listen(0, '127.0.0.1'), 'listening')
    const address = receiver.server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`
  },
}

const scratch = mkdtempSync(join(tmpdir(), 'vedette-docs-'))
let server: Server
let demo: RunningVerb
let replacements: readonly (readonly [RegExp, string])[] = []
let env: Readonly<Record<string, string>> = {}

beforeAll(async () => {
  for (const [name, text] of Object.entries(documentedFiles)) {
    mkdirSync(join(scratch, name, '..'), { recursive: true })
    writeFileSync(join(scratch, name), text.replaceAll('RECEIVER', await receiver.url()))
  }
  server = await startServer({
    configPath: join(scratch, 'prometheus'),
    dataDir: join(scratch, 'data'),
    listeners: Object.values(PORTS),
  })
  const [port = 0] = await findFreePorts(1)
  demo = startVedette(
    ...['demo', '--listen', `127.0.0.1:${port}`, '--endpoint', server.url('otlp-http')],
  )
  await waitFor('the demonstration', () => demo.out().includes('Ctrl-C ends it'), 60_000)
  await runVedette('load', '--url', `http://127.0.0.1:${port}`, '--duration', '3s')
  const traceId = await waitFor('a trace', () => aTrace(), 60_000)
  const alertmanager = `--alertmanager.url=${server.url('alertmanager')}`
  const silence = await runVedette(
    'silence',
    'add',
    'alertname=Other',
    '--duration',
    '1h',
    '--reason',
    'a test',
    alertmanager,
  )
  const silenceId = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(silence.out)?.[0] ?? ''
  if (silence.code !== 0) throw new Error(`no silence: ${silence.err}`)

  mkdirSync(join(scratch, 'bin'))
  for (const [name, text] of Object.entries(WRAPPERS)) {
    writeFileSync(join(scratch, 'bin', name), text)
    chmodSync(join(scratch, 'bin', name), 0o755)
  }
  env = {
    SCRATCH: scratch,
    HOME: scratch,
    DEMO: `http://127.0.0.1:${port}`,
    PROGRAM: join(projectRoot, 'bin/vedette'),
    LISTENERS: LISTENER_NAMES.join(' '),
    PATH: `${join(scratch, 'bin')}:${process.env['PATH'] ?? ''}`,
    VEDETTE_URL: server.url(),
    VEDETTE_LOGS_URL: server.url('loki'),
    VEDETTE_TRACES_URL: server.url('tempo'),
    VEDETTE_ALERTMANAGER_URL: server.url('alertmanager'),
  }
  replacements = [
    [/bin\/vedette/g, 'vedette'],
    [/https:\/\/(?:monitoring|vedette)\.example\.org(?::9090)?/g, server.url()],
    [/\b[0-9a-f]{32}\b/g, traceId],
    [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b/g, silenceId],
    [/(?<![\w.])\/var\/lib\//g, `${scratch}/var-lib/`],
    [/(?<![\w.])\/(?:etc|mnt|srv)\//g, `${scratch}/`],
    [/127\.0\.0\.1:8080/g, `127.0.0.1:${port}`],
    [/127\.0\.0\.1:(?:8123|9999)/g, `127.0.0.1:${(await findFreePorts(1))[0] ?? 0}`],
    ...Object.entries(PORTS).map(
      ([documented, listener]) =>
        [
          new RegExp(`127\\.0\\.0\\.1(:| --port )${documented}\\b`, 'g'),
          `127.0.0.1$1${new URL(server.url(listener)).port}`,
        ] as const,
    ),
  ]
}, 900_000)

afterAll(async () => {
  await demo.interrupt()
  receiver.server.close()
  await server.stop()
  await server.dispose()
  rmSync(scratch, { recursive: true, force: true })
})

async function aTrace(): Promise<string | false> {
  const url = `--url=${server.url('tempo')}`
  const { out } = await runVedette('traces', '{}', '--since', '1h', url)
  return /\b[0-9a-f]{32}\b/.exec(out)?.[0] ?? false
}

function reasonNotToRun(command: DocumentedCommand): string | undefined {
  if (isSynopsis(command)) return 'is a form to fill in'
  return NOT_RUN.find(([pattern]) => pattern.test(command.text))?.[1]
}

/** What the answer that the documentation shows lets one expect of the exit code. */
function expectedCodes({ text, answer }: DocumentedCommand): readonly number[] {
  // What it finds wrong with this machine is no fault of the page.
  if (/^vedette doctor\b/.test(text)) return [0, 1]
  if (answer === undefined) return [0]
  // It shows a line that cannot be read, whatever the machine is like.
  if (/^vedette: (?:parse error|literal)/.test(answer)) return [1, 2]
  return /^(?:vedette: |.*(?:: bad:|: \d+:\d+| {2}✗ |not started))/m.test(answer) ? [0, 1] : [0]
}

const pages = listPages().flatMap((page) => {
  const blocks = readCommandBlocks(page)
  const runs = blocks.some(({ commands }) => commands.some((one) => !reasonNotToRun(one)))
  return runs ? [[page, blocks] as const] : []
})

describe.runIf(
  hasPrograms('documented commands', { bash: 'bash', curl: 'curl', promtool: 'prometheus' }),
)('commands of', () => {
  it.each(pages)('%s do what it says', async (page, blocks) => {
    const failures: string[] = []
    for (const { commands } of blocks) {
      let cwd = scratch
      for (const command of commands) {
        const reason = reasonNotToRun(command)
        if (reason !== undefined) continue
        const missing = /^(logger|jq|amtool)\b|\| (jq)\b/.exec(command.text)
        const needs = missing?.[1] ?? missing?.[2]
        if (needs !== undefined && !hasPrograms(command.place, { [needs]: needs })) continue
        const text = replacements.reduce((now, [from, to]) => now.replace(from, to), command.text)
        const entered = /^cd (\S+)$/.exec(text)?.[1]
        if (entered !== undefined) {
          cwd = join(cwd, entered)
          continue
        }
        const ended = await run('env', [
          ...['-C', cwd, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
          ...['bash', '-c', text],
        ])
        if (!expectedCodes(command).includes(ended.code ?? -1))
          failures.push(
            `${command.place}: ${text}\n  ended with ${ended.code}: ${(ended.stderr + ended.stdout).slice(-1500)}`,
          )
      }
    }
    if (failures.length > 0) notice(failures.join('\n'))
    expect(failures, page).toEqual([])
  })
})
