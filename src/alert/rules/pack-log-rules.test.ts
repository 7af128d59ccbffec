import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { MemoryLines } from '../../query/logql/testing/memory-lines.ts'
import { createLogql } from '../../query/logs/create-logql.ts'
import { FaultList } from '../../yaml/fault.ts'
import { logqlQuery } from './logql-query.ts'
import { packRuleFiles, packValues, renderPackFile } from './pack-rules.ts'
import { builtInPacksFolder, readPacksPart } from './packs-part.ts'
import { RulesBench } from './testing/rules-bench.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const LIMITS = { maxStreams: 1000, maxSeries: 1000, maxSamples: 100_000 }

const failed = (address: string): string =>
  `Failed password for invalid user oracle from ${address} port 4711 ssh2`
const times = (count: number, line: string): string[] => Array.from({ length: count }, () => line)

/** An alert, lines with which it is quiet, more lines with which it fires, and what its summary says then. */
const CASES: readonly (readonly [
  alert: string,
  quiet: readonly string[],
  more: readonly string[],
  summary: string,
])[] = [
  [
    'SshBruteForce',
    [...times(20, failed('203.0.113.9')), failed('203.0.113.8')],
    ['Invalid user a from 203.0.113.8 port 22 from 203.0.113.9 port 22'],
    'Sign-ins by SSH are tried from 203.0.113.9 on gull',
  ],
  [
    'SshSignInAfterFailures',
    [
      ...times(6, failed('203.0.113.9')),
      'Accepted publickey for ada from 192.0.2.7 port 4711 ssh2: ED25519 SHA256:abc',
    ],
    ['Accepted password for root from 203.0.113.9 port 4711 ssh2'],
    '203.0.113.9 was let in by SSH after many failures on gull',
  ],
  [
    'PrivilegesRefused',
    [
      'ada : TTY=pts/0 ; PWD=/home/ada ; USER=root ; COMMAND=/usr/bin/apt update',
      'bob : 3 incorrect password attempts ; TTY=pts/1 ; USER=root ; COMMAND=/usr/bin/id',
      'bob : user NOT in sudoers ; TTY=pts/1 ; USER=root ; COMMAND=/usr/bin/id',
      'bob : command not allowed ; TTY=pts/1 ; USER=root ; COMMAND=/usr/bin/id',
    ],
    ['FAILED SU (to root) bob on pts/1'],
    'Privileges are refused again and again on gull',
  ],
  [
    'UserAdded',
    ['new group: name=bob, GID=1001'],
    ['new user: name=bob, UID=1001, GID=1001, home=/home/bob, shell=/bin/sh, from=/dev/pts/1'],
    'User bob was added on gull',
  ],
  [
    'AdministratorAdded',
    ["add 'bob' to group 'sudoku'", "add 'bob' to shadow group 'sudo'"],
    ["add 'bob' to group 'sudo'"],
    'bob is in the group sudo now on gull',
  ],
  [
    'AdministratorAdded',
    ['user bob added by root to group users'],
    ['user bob added by root to group docker'],
    'bob is in the group docker now on gull',
  ],
  [
    'RootPasswordChanged',
    ['pam_unix(passwd:chauthtok): password changed for bob'],
    ['pam_unix(passwd:chauthtok): password changed for root'],
    'The password of root was changed on gull',
  ],
  [
    'AccessDenied',
    times(20, 'audit: type=1400 apparmor="DENIED" operation="open" profile="/usr/bin/man"'),
    ['avc:  denied  { read } for  pid=1 comm="nginx"'],
    'AppArmor or SELinux denies again and again on gull',
  ],
]

const faults = new FaultList()
const { packs } = readPacksPart(
  { node: undefined, folders: [builtInPacksFolder()], rules: [] },
  faults,
)

/** The rule files of the packs whose rules are on log lines, with the defaults put in. */
function filesOnLogs(): string[] {
  return packs.flatMap(({ manifest, groups }) =>
    groups.some(({ language }) => language === 'logql')
      ? packRuleFiles(manifest.folder).map((file) => {
          const values = packValues(manifest)
          return renderPackFile({ file, shownAs: path.basename(file), values, faults }) ?? ''
        })
      : [],
  )
}

/** Lines that a test writes, with LogQL over them. */
class LogBench {
  readonly rules: RulesBench
  readonly #lines = new MemoryLines()
  #written = 0n

  constructor() {
    const unasked = (): never => {
      throw new Error('not asked for')
    }
    const source = {
      ...{ streams: unasked, labelNames: unasked, labelValues: unasked },
      ...{ stats: unasked, volume: unasked },
      lines: this.#lines.lines.bind(this.#lines),
    }
    this.rules = new RulesBench({ logs: logqlQuery(createLogql(source, () => LIMITS)) })
  }

  write(texts: readonly string[]): void {
    const labels = { job: 'journal', hostname: 'gull', unit: 'x.service' }
    const atNs = BigInt(this.rules.clock.nowMs()) * 1_000_000n
    this.#lines.add(texts.map((text) => ({ labels, text, timestampNs: atNs + ++this.#written })))
  }

  async firing(): Promise<string[]> {
    const found = await this.rules.query('ALERTS{alertstate="firing"}')
    return found.map((each) => /alertname="(\w+)"/.exec(each)?.[1] ?? each)
  }
}

describe('rules of packs on log lines', () => {
  it('are each tested here', () => {
    const alerts = packs.flatMap(({ groups }) =>
      groups
        .filter(({ language }) => language === 'logql')
        .flatMap(({ rules }) => rules.map(({ name }) => name)),
    )
    expect(faults.items).toEqual([])
    expect([...new Set(CASES.map(([alert]) => alert))].sort()).toEqual(alerts.sort())
  })

  it.each(CASES)(
    '%s fires, and neither before nor afterwards',
    async (alert, quiet, more, summary) => {
      const bench = new LogBench()
      await bench.rules.apply('groups: []')
      for (const file of filesOnLogs()) await bench.rules.apply(file)
      bench.write(quiet)
      await bench.rules.clock.advance(2 * MINUTE_MS)
      expect(await bench.firing()).not.toContain(alert)
      bench.write(more)
      await bench.rules.clock.advance(2 * MINUTE_MS)
      expect(await bench.firing()).toContain(alert)
      const told = bench.rules.puts.flatMap(({ alerts }) => alerts)
      const own = told.find(({ labels }) => labels.get('alertname') === alert)
      expect(own?.annotations.get('summary')).toBe(summary)
      await bench.rules.clock.advance(2 * HOUR_MS)
      expect(await bench.firing()).toEqual([])
    },
  )
})
