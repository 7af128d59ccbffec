import { describe, expect, it } from 'vitest'
import { acceptHeader, choosePageFormat, type ScrapeProtocol } from './content-type.ts'
import { createScrapeParser } from './scrape-parser.ts'

describe('acceptHeader', () => {
  it('is that of Prometheus 3', () => {
    expect(acceptHeader()).toBe(
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,' +
        'application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,' +
        'text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    )
  })

  it('asks for protobuf where the job does', () => {
    expect(acceptHeader(['PrometheusProto', 'PrometheusText1.0.0'], 'underscores')).toBe(
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,' +
        'text/plain;version=1.0.0;escaping=underscores;q=0.5,*/*;q=0.4',
    )
  })
})

describe('choosePageFormat', () => {
  const none = 'and no fallback_scrape_protocol specified for target'
  it.each<[string, ScrapeProtocol | undefined, string | undefined, string]>([
    ['text/plain', undefined, 'text', ''],
    ['Text/Plain; version=0.0.4; charset=utf-8', undefined, 'text', ''],
    ['application/openmetrics-text; version=1.0.0; charset="utf-8";', undefined, 'openmetrics', ''],
    ['', undefined, undefined, `non-compliant scrape target sending blank Content-Type ${none}`],
    [
      '',
      'PrometheusText0.0.4',
      'text',
      'blank Content-Type, using fallback_scrape_protocol "text/plain"',
    ],
    ['text/html', undefined, undefined, `received unsupported Content-Type "text/html" ${none}`],
    [
      'text/html',
      'OpenMetricsText1.0.0',
      'openmetrics',
      'using fallback_scrape_protocol "application/openmetrics-text"',
    ],
    ['invalid/', undefined, undefined, `cannot parse Content-Type "invalid/" ${none}`],
    ['a/b/c', 'PrometheusText1.0.0', 'text', 'cannot parse Content-Type "a/b/c", using'],
    ['text/plain; charset=UTF-8; charset=utf-8', undefined, undefined, 'cannot parse Content-Type'],
    ['text/plain; charset', undefined, undefined, 'cannot parse Content-Type'],
    [
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
      undefined,
      'protobuf',
      '',
    ],
    [
      '',
      'PrometheusProto',
      'protobuf',
      'using fallback_scrape_protocol "application/vnd.google.protobuf"',
    ],
  ])('%j with fallback %s', (contentType, fallback, format, text) => {
    const choice = choosePageFormat(contentType, fallback)
    expect(choice.format).toBe(format)
    expect(choice.format === undefined ? choice.message : choice.warning).toContain(text)
  })

  it('decides for the parser', () => {
    const bytes = new TextEncoder().encode('<html>')
    const without = createScrapeParser().parse(bytes, 'text/html', 0, true)
    expect(without.fault).toEqual({
      line: 0,
      message: `received unsupported Content-Type "text/html" ${none}`,
    })
    const parser = createScrapeParser({ fallback: 'PrometheusText0.0.4' })
    expect(parser.parse(bytes, 'text/html', 0, true).fault?.line).toBe(1)
    const good = parser.parse(new TextEncoder().encode('a 1\n'), '', 0, true)
    expect([good.rows, good.warning === '']).toEqual([1, false])
  })
})
