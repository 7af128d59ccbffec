import type { CollectorKind } from '../collector.ts'
import { untyped, type FamilyHead } from '../families.ts'
import { parseNumber, splitFields, splitLines } from '../fields.ts'
import { readText, readTextIfPresent } from '../files.ts'
import { compileSearch } from '../name-filter.ts'

/** Told of each statistic: `TcpExt`, `SyncookiesSent`, `7`. */
type OnStatistic = (protocol: string, field: string, value: string) => void

/** net/netstat and net/snmp: pairs of lines, `Proto: name name …` above `Proto: value value …`. */
function eachPaired(path: string, text: string, on: OnStatistic): void {
  const lines = splitLines(text)
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const names = splitFields(lines[i] as string)
    const values = splitFields(lines[i + 1] as string)
    const protocol = (names[0] ?? '').replace(/:$/, '')
    if (names.length !== values.length) {
      throw new Error(`${path}: ${protocol} has ${names.length} names and ${values.length} values`)
    }
    for (let j = 1; j < names.length; j++) on(protocol, names[j] as string, values[j] as string)
  }
}

/** net/snmp6: a name and a value a line; the protocol is what goes up to the 6 (`Udp6InErrors`). */
function eachSingle(text: string, on: OnStatistic): void {
  for (const line of splitLines(text)) {
    const [name, value] = splitFields(line)
    if (name === undefined || value === undefined) continue
    const six = name.indexOf('6')
    if (six >= 0) on(name.slice(0, six + 1), name.slice(six + 1), value)
  }
}

export const netstat: CollectorKind = {
  name: 'netstat',
  enabledByDefault: true,
  create: ({ options }) => {
    const wanted = compileSearch('collector.netstat.fields', options.netstat.fields)
    const folder = `${options.paths.procfs}/net`
    const heads = new Map<string, FamilyHead>()
    return (out) => {
      const on: OnStatistic = (protocol, field, value) => {
        const key = `${protocol}_${field}`
        if (!wanted(key)) return
        let head = heads.get(key)
        if (!head) {
          head = untyped(`node_netstat_${key}`, `Statistic ${protocol}${field}.`)
          heads.set(key, head)
        }
        out.add(head, parseNumber(value, `${folder}: ${key}`))
      }
      eachPaired(`${folder}/netstat`, readText(`${folder}/netstat`), on)
      eachPaired(`${folder}/snmp`, readText(`${folder}/snmp`), on)
      // Absent where IPv6 is switched off.
      eachSingle(readTextIfPresent(`${folder}/snmp6`) ?? '', on)
    }
  },
}
