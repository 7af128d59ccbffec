import { describe, expect, it } from 'vitest'
import { splitHostArguments } from './host-arguments.ts'

const split = (line: string) => {
  const { host, rest } = splitHostArguments(line === '' ? [] : line.split(' '))
  return [Object.fromEntries(host), rest.join(' ')]
}

describe('a command line', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['', {}, ''],
    ['start --data /tmp', {}, 'start --data /tmp'],
    ['--path.procfs=/host/proc start', { 'path.procfs': '/host/proc' }, 'start'],
    ['--path.procfs /host/proc start', { 'path.procfs': '/host/proc' }, 'start'],
    ['--collector.processes start', { 'collector.processes': true }, 'start'],
    ['--no-collector.arp --data x', { 'no-collector.arp': true }, '--data x'],
    ['--collector.netdev.device-exclude=^a=b', { 'collector.netdev.device-exclude': '^a=b' }, ''],
    [
      '--collector.textfile.directory /a --collector.textfile.directory=/b',
      { 'collector.textfile.directory': ['/a', '/b'] },
      '',
    ],
    [
      '--collector.diskstats.ignored-devices ^loop start',
      { 'collector.diskstats.ignored-devices': '^loop' },
      'start',
    ],
    ['--collector.nosuch start', { 'collector.nosuch': true }, 'start'],
    ['--collector.vmstat.fields', { 'collector.vmstat.fields': true }, ''],
    ['a -- --collector.arp', {}, 'a -- --collector.arp'],
  ])('%j', (line, host, rest) => expect(split(line)).toEqual([host, rest]))
})
