import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeText } from '../../formats/prometheus-text/encode.ts'
import { createPassengerCollector } from './collect.ts'
import { readStatus } from './read-status.ts'
import { PASSENGER_FAMILIES } from './status-families.ts'
import { projectRoot } from '../../../test/house/read-sources.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'passenger-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const process = (pid: number, kib: number): string => `
  <process><pid>${pid}</pid><sessions>1</sessions><processed>${pid * 2}</processed><cpu>3</cpu>
  <rss>${kib}</rss><real_memory>${kib - 24}</real_memory><spawn_end_time>1677872579304879</spawn_end_time></process>`

const status = (...processes: string[]): string => `<?xml version="1.0" encoding="iso8859-1" ?>
<info version="3"><passenger_version>6.0.17</passenger_version><group_count>1</group_count>
<process_count>${processes.length}</process_count><max>6</max><capacity_used>2</capacity_used>
<get_wait_list_size>7</get_wait_list_size><supergroups><supergroup>
<name>/srv/shop &#40;production&#41;</name><get_wait_list_size>4</get_wait_list_size><capacity_used>2</capacity_used>
<group default="true"><name>/srv/shop &#40;production&#41;</name><get_wait_list_size>4</get_wait_list_size>
<processes_being_spawned>1</processes_being_spawned><group>staff</group>
<processes>${processes.join('')}</processes></group></supergroup></supergroups></info>`

/** A program in place of `passenger-status`. */
function program(script: string): string {
  const file = path.join(folder, 'passenger-status')
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
  return file
}

function answering(xml: string): string {
  writeFileSync(path.join(folder, 'status.xml'), xml)
  return program(`test "$1" = --show=xml || exit 2\ncat ${path.join(folder, 'status.xml')}`)
}

function collectorOf(file: string, instances: readonly string[] = [], timeoutMs = 20_000) {
  const faults: string[] = []
  const settings = { command: { words: [file], timeoutMs }, instances }
  const collector = createPassengerCollector(
    () => settings,
    (reason) => faults.push(reason),
  )
  const page = async (): Promise<string[]> =>
    encodeText(await collector.collect(new AbortController().signal))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
  return { page, faults }
}

describe('the page of passenger', () => {
  it('has both families of names, memory in bytes', async () => {
    const { page, faults } = collectorOf(answering(status(process(10, 1024), process(20, 2048))))
    const lines = await page()
    expect(faults).toEqual([])
    for (const line of [
      'passenger_up 1',
      'passenger_version{version="6.0.17"} 1',
      'passenger_process_count 2',
      'passenger_capacity_used 2',
      'passenger_get_wait_list_size 7',
      'passenger_supergroup_get_wait_list_size{supergroup="/srv/shop (production)"} 4',
      'passenger_process_memory{supergroup="/srv/shop (production)",pid="10"} 1048576',
      'passenger_process_processed{supergroup="/srv/shop (production)",pid="20"} 40',
      'passenger_max_processes 6',
      'passenger_app_count 1',
      'passenger_app_request_queue{name="/srv/shop (production)"} 4',
      'passenger_app_procs_spawning{name="/srv/shop (production)"} 1',
      'passenger_proc_memory{name="/srv/shop (production)",id="0"} 1024000',
      'passenger_requests_processed_total{name="/srv/shop (production)",id="1"} 40',
      'passenger_proc_start_time_seconds{name="/srv/shop (production)",id="0"} 1677872579.304879',
    ]) {
      expect(lines).toContain(line)
    }
  })

  it('gives the number of a process that ended to the next one', async () => {
    const { page } = collectorOf(answering(status(process(10, 100), process(20, 100))))
    await page()
    answering(status(process(20, 100), process(30, 100)))
    const lines = (await page()).filter((line) => line.startsWith('passenger_requests_processed'))
    expect(lines).toEqual([
      'passenger_requests_processed_total{name="/srv/shop (production)",id="1"} 40',
      'passenger_requests_processed_total{name="/srv/shop (production)",id="0"} 60',
    ])
  })

  it('asks each instance when several run', async () => {
    writeFileSync(path.join(folder, 'a'), status(process(10, 100)))
    writeFileSync(path.join(folder, 'b'), status(process(20, 100), process(21, 100)))
    const file = program(`
case "$1" in
  aAa1) cat ${folder}/a ;;
  bBb2) cat ${folder}/b ;;
  *) cat <<'END'
It appears that multiple Phusion Passenger(R) instances are running. Please
select a specific one by running:

  passenger-status <NAME>

The following Phusion Passenger(R) instances are running:

Name                       PID       Description
--------------------------------------------------------------------------
aAa1                       2138      nginx/1.10.1 Phusion_Passenger/5.0.30
bBb2                       2139      nginx/1.10.1 Phusion_Passenger/5.0.30
END
exit 1 ;;
esac`)
    const lines = await collectorOf(file).page()
    expect(lines).toContain('passenger_process_count{instance="aAa1"} 1')
    expect(lines).toContain('passenger_process_count{instance="bBb2"} 2')
    const named = await collectorOf(file, ['bBb2']).page()
    expect(named.filter((line) => line.startsWith('passenger_process_count'))).toEqual([
      'passenger_process_count{instance="bBb2"} 2',
    ])
  })

  it.each([
    ['no program', () => path.join(folder, 'absent'), 'there is no program '],
    ['a program that may not be run', () => folder, ' may not be run by this user'],
    [
      'no Passenger',
      () => program(`echo "ERROR: Phusion Passenger doesn't seem to be running." >&2; exit 2`),
      "failed: ERROR: Phusion Passenger doesn't seem to be running.",
    ],
    ['nothing', () => program('true'), 'not the XML of passenger-status: '],
    ['malformed XML', () => answering('<info><max>1</info>'), 'unexpected close tag'],
    ['other XML', () => answering('<html><body/></html>'), 'there is no <info>'],
    [
      'entities of its own',
      () => answering('<!DOCTYPE info [<!ENTITY a "aaaa">]><info><max>&a;</max></info>'),
      'a document type is not taken',
    ],
    ['a deep document', () => answering('<a>'.repeat(1000)), 'nested deeper than 64 elements'],
  ])('tells of %s once', async (_what, command, reason) => {
    const { page, faults } = collectorOf(command())
    for (const times of [1, 2]) {
      expect(await page()).toEqual([
        'passenger_up 0',
        `passenger_scrape_errors_total ${times}`,
        'passenger_memory_unit_bytes 1',
      ])
    }
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(reason)
  })

  it('tells when it is over, and ends what hangs', async () => {
    const { page, faults } = collectorOf(program('exec sleep 60'), [], 300)
    expect(await page()).toContain('passenger_up 0')
    expect(faults[0]).toContain('did not end within 300 ms')
    const { page: again, faults: told } = collectorOf(program('exit 1'))
    await again()
    answering(status(process(1, 100)))
    expect(await again()).toContain('passenger_up 1')
    expect(told).toHaveLength(2)
    expect(told[1]).toBe('')
  })
})

describe('the status of passenger', () => {
  const shared = path.join(projectRoot, '../shared/data/passenger')
  it.each([
    ['dreig', 48, '5.0.26'],
    ['intellection', 3, '6.0.17'],
    ['stuartnelson3', 48, '5.0.26'],
  ])('of %s is read', (name, processes, version) => {
    let xml = ''
    try {
      xml = readFileSync(path.join(shared, `passenger-status.${name}.xml`), 'latin1')
    } catch {
      console.log(`skipped: there is no ${shared}`)
      return
    }
    const read = readStatus(xml)
    const [supergroup] = read.supergroups
    expect(read).toMatchObject({ version, processCount: processes })
    expect(supergroup?.groups[0]?.processes).toHaveLength(processes)
    expect(supergroup?.name).toMatch(/^\/srv\/app\/\w+ \(\w+\)$/)
  })

  it('has a page of documentation that names every family', () => {
    const page = readFileSync(path.join(projectRoot, 'docs/collect/passenger.md'), 'utf8')
    for (const [name, help] of PASSENGER_FAMILIES)
      expect(page).toContain(`| \`${name}\` | ${help} |`)
  })
})
