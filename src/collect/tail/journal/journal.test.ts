import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SOON, TailKit } from '../testing/tail-kit.ts'

let kit: TailKit
const searchPath = process.env['PATH'] ?? ''

beforeEach(() => {
  kit = new TailKit()
  mkdirSync(kit.at('bin'))
  mkdirSync(kit.at('journal'))
  writeFileSync(kit.at('journal/entries'), '')
})
afterEach(async () => {
  process.env['PATH'] = searchPath
  await kit.end()
})

/** A journalctl that notes its arguments and answers the entries behind the cursor, following until `stop` is there. */
function installJournalctl(): void {
  const file = kit.at('bin/journalctl')
  writeFileSync(
    file,
    `#!/bin/sh
printf '%s\\n' "$*" >> '${kit.at('journal/arguments')}'
cursor=$(printf '%s' "$*" | sed -n 's/.*--after-cursor=\\([^ ]*\\).*/\\1/p')
from=1
[ -n "$cursor" ] && from=$(( $(grep -n "\\"$cursor\\"" '${kit.at('journal/entries')}' | cut -d: -f1) + 1 ))
tail -n +$from -f '${kit.at('journal/entries')}' &
child=$!
trap 'kill $child; exit 0' TERM
while [ ! -e '${kit.at('journal/stop')}' ] && kill -0 $PPID; do sleep 0.05; done
kill $child
`,
  )
  chmodSync(file, 0o755)
  process.env['PATH'] = `${kit.at('bin')}:${searchPath}`
}

const nowMicros = BigInt(Date.now()) * 1000n

function log(
  number: number,
  fields: Readonly<Record<string, unknown>>,
  micros = nowMicros + BigInt(number),
): void {
  const entry = {
    __CURSOR: `s=abc;i=${number.toString(16)};b=def;t=1`,
    __REALTIME_TIMESTAMP: String(micros),
    __MONOTONIC_TIMESTAMP: '1',
    ...fields,
  }
  appendFileSync(kit.at('journal/entries'), `${JSON.stringify(entry)}\n`)
}

const job = (rest = ''): string => `
scrape_configs:
  - job_name: journal
    journal: {max_age: 12h, labels: {job: systemd-journal}, matches: '_TRANSPORT=syslog + PRIORITY=3'${rest}}
    relabel_configs:
      - {source_labels: [__journal__systemd_unit], target_label: unit}
      - {source_labels: [__journal_priority_keyword], target_label: level}
      - {source_labels: [__journal__comm], regex: noise, action: drop}`

describe('the journal', () => {
  it('is followed, with labels from its fields and its own times', async () => {
    installJournalctl()
    log(1, { MESSAGE: 'started', _SYSTEMD_UNIT: 'ssh.service', PRIORITY: '6', _COMM: 'sshd' })
    log(2, { MESSAGE: 'noise', _COMM: 'noise' })
    await kit.start(job())
    await expect.poll(() => kit.store.texts, SOON).toEqual(['started'])
    log(3, { MESSAGE: [103, 114, 252, 110], PRIORITY: '3', _SYSTEMD_UNIT: ['a', 'b.service'] })
    log(4, { PRIORITY: '3' })
    await expect.poll(() => kit.store.texts, SOON).toEqual(['started', 'gr\ufffdn'])
    expect(kit.store.lines).toMatchObject([
      {
        labels: { job: 'systemd-journal', unit: 'ssh.service', level: 'info' },
        timestampNs: (nowMicros + 1n) * 1000n + 1n,
      },
      { labels: { job: 'systemd-journal', unit: 'b.service', level: 'error' } },
    ])
    const given = readFileSync(kit.at('journal/arguments'), 'utf8')
    expect(given).toMatch(
      /^--output=json --all --follow --no-tail --quiet --since=@\d+ _TRANSPORT=syslog \+ PRIORITY=3\n$/,
    )
  })

  it('is gone on with after a restart, and after journalctl has ended', async () => {
    installJournalctl()
    log(1, { MESSAGE: 'one' })
    const manager = await kit.start(job())
    await expect.poll(() => kit.store.texts, SOON).toEqual(['one'])
    await manager.stop()
    log(2, { MESSAGE: 'two' })
    await kit.start(job())
    await expect.poll(() => kit.store.texts, SOON).toEqual(['one', 'two'])
    const starts = (): number =>
      readFileSync(kit.at('journal/arguments'), 'utf8').split('\n').length
    const before = starts()
    writeFileSync(kit.at('journal/stop'), '')
    await expect.poll(starts, SOON).toBeGreaterThan(before)
    rmSync(kit.at('journal/stop'))
    log(3, { MESSAGE: 'three' })
    await expect.poll(() => kit.store.distinct, SOON).toEqual(['one', 'two', 'three'])
    expect(readFileSync(kit.at('journal/arguments'), 'utf8')).toContain(
      '--after-cursor=s=abc;i=2;b=def;t=1',
    )
  })

  it('can be told as JSON, and its old entries are left out', async () => {
    installJournalctl()
    log(1, { MESSAGE: 'old' }, nowMicros - 13n * 3_600_000_000n)
    log(2, { MESSAGE: 'new', PRIORITY: '6' })
    appendFileSync(kit.at('journal/entries'), 'not JSON\n{}\n')
    log(3, { MESSAGE: 'last' })
    await kit.start(job(', json: true'))
    await expect
      .poll(() => kit.store.texts, SOON)
      .toEqual(['{"MESSAGE":"new","PRIORITY":"6"}', '{"MESSAGE":"last"}'])
    expect(kit.metric('promtail_journal_target_parsing_errors_total')).toBe(2)
  })

  it('is said once not to be there, and files are read all the same', async () => {
    process.env['PATH'] = kit.at('bin')
    writeFileSync(kit.at('a.log'), 'a line\n')
    await kit.start(`${job()}
  - job_name: files
    static_configs: [{labels: {job: files, __path__: 'FOLDER/*.log'}}]`)
    await expect.poll(() => kit.store.texts, SOON).toEqual(['a line'])
    expect(kit.said.filter((line) => line.includes('no journalctl'))).toHaveLength(1)
  })

  it('may have a journalctl that does not do well: what it says is told once', async () => {
    installJournalctl()
    const file = path.join(kit.at('bin'), 'journalctl')
    writeFileSync(
      file,
      `#!/bin/sh\necho run >> '${kit.at('journal/arguments')}'\necho 'No access' >&2\nexit 1\n`,
    )
    await kit.start(job())
    await expect
      .poll(() => readFileSync(kit.at('journal/arguments'), 'utf8').split('\n').length, SOON)
      .toBeGreaterThan(2)
    expect(kit.said.filter((line) => line.includes('No access'))).toHaveLength(1)
  })
})
