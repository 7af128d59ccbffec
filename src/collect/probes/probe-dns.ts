import { randomInt } from 'node:crypto'
import type { DnsRecord } from '../../formats/dns/decode-message.ts'
import { encodeDnsQuery } from '../../formats/dns/encode-query.ts'
import { nameOf, RCODES, RECORD_TYPES } from '../../formats/dns/names.ts'
import { describeNetworkError } from '../../outbound/network-words.ts'
import { askDns, type DnsAnswer } from './ask-dns.ts'
import { chooseAddress } from './choose-address.ts'
import type { DnsProbe, RecordConditions } from './dns-module.ts'
import type { ProbeReport } from './probe-report.ts'
import type { ProbeEnv } from './prober.ts'
import type { Pattern } from './read-pattern.ts'
import { settingsOf } from './probe-tcp.ts'
import { splitHostPort } from './split-host-port.ts'

const DURATION = 'probe_dns_duration_seconds'

/** Asks the server that the target is, and judges its answer (blackbox_exporter, prober/dns.go). */
export async function probeDns(target: string, probe: DnsProbe, env: ProbeEnv): Promise<boolean> {
  const { report, signal } = env
  for (const phase of ['resolve', 'connect', 'request']) report.set(DURATION, 0, 'phase', phase)
  for (const name of COUNTS) report.set(name, 0)
  const place = splitHostPort(target)
  if (place === undefined) return report.fail('the target is not host or host:port')
  const { host, port = probe.isOverTls ? 853 : 53 } = place
  const { address, lookupSeconds } = await chooseAddress(host, probe.choice, env)
  if (address === undefined) return false
  report.set(DURATION, lookupSeconds, 'phase', 'resolve')
  let answer: DnsAnswer
  try {
    const { queryName: name, queryType: type, queryClass, recursionDesired, tls } = probe
    const id = randomInt(65_536)
    const query = encodeDnsQuery({ id, name, type, class: queryClass, recursionDesired })
    const over = { settings: await settingsOf(tls), serverName: host }
    answer = await askDns(query, {
      ...{ address, port, signal, sourceIp: probe.sourceIp, transport: probe.transport },
      ...(probe.isOverTls ? { over } : {}),
    })
  } catch (thrown) {
    return report.fail(signal.aborted ? 'no answer in time' : describeNetworkError(thrown))
  }
  return judge(answer, probe, report)
}

const COUNTS = [
  'probe_dns_answer_rrs',
  'probe_dns_authority_rrs',
  'probe_dns_additional_rrs',
  'probe_dns_query_succeeded',
] as const

function judge(
  { message, connectSeconds, requestSeconds }: DnsAnswer,
  probe: DnsProbe,
  report: ProbeReport,
): boolean {
  const { answer, authority, additional, rcode } = message
  report.set(DURATION, connectSeconds, 'phase', 'connect')
  report.set(DURATION, requestSeconds, 'phase', 'request')
  report.set('probe_dns_answer_rrs', answer.length)
  report.set('probe_dns_authority_rrs', authority.length)
  report.set('probe_dns_additional_rrs', additional.length)
  report.set('probe_dns_query_succeeded', 1)
  if (probe.queryType === RECORD_TYPES.get('SOA')) {
    report.set(
      'probe_dns_serial',
      answer.findLast((each) => each.serial !== undefined)?.serial ?? 0,
    )
  }
  if (!probe.validRcodes.includes(rcode)) {
    const valid = probe.validRcodes.map((each) => nameOf(RCODES, each, 'RCODE')).join(', ')
    return report.fail(`the server says ${nameOf(RCODES, rcode, 'RCODE')}, not ${valid}`)
  }
  return (
    checkRecords('answer', answer, probe.answer, report) &&
    checkRecords('authority', authority, probe.authority, report) &&
    checkRecords('additional', additional, probe.additional, report)
  )
}

function checkRecords(
  section: string,
  records: readonly DnsRecord[],
  conditions: RecordConditions,
  report: ProbeReport,
): boolean {
  const { failIfMatches, failIfAllMatch, failIfNotMatches, failIfNoneMatches } = conditions
  const texts = records.map(({ text }) => text)
  const isNeeded = failIfNotMatches.length + failIfNoneMatches.length > 0
  if (texts.length === 0 && isNeeded) return report.fail(`the section ${section} has no records`)
  const some = (patterns: readonly Pattern[], judged: boolean): boolean =>
    patterns.some(({ regex }) => texts.some((text) => regex.test(text) === judged))
  if (some(failIfMatches, true)) return report.fail(`a record of ${section} matches`)
  if (some(failIfNotMatches, false)) return report.fail(`a record of ${section} does not match`)
  // In spite of its name: the original lets a probe fail whose records do not all match.
  if (some(failIfAllMatch, false)) return report.fail(`not all records of ${section} match`)
  if (failIfNoneMatches.length > 0 && !some(failIfNoneMatches, true))
    return report.fail(`no record of ${section} matches`)
  return true
}
