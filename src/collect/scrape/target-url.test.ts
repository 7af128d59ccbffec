import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { targetUrl } from './target-url.ts'

const BASE = { __scheme__: 'http', __address__: 'web:9100', __metrics_path__: '/metrics' }

function url(labels: Record<string, string>, params: Record<string, string[]> = {}): string {
  return targetUrl(Labels.from({ ...BASE, ...labels }), params)
}

describe('the URL of a target', () => {
  it.each<[Record<string, string>, string]>([
    [{}, 'http://web:9100/metrics'],
    [{ __scheme__: 'https', __address__: '[::1]' }, 'https://[::1]/metrics'],
    [{ __metrics_path__: 'probe' }, 'http://web:9100/probe'],
    [{ __metrics_path__: '' }, 'http://web:9100'],
    [{ __metrics_path__: '/a b/ü?x=1' }, 'http://web:9100/a%20b/%C3%BC%3Fx=1'],
    [{ __metrics_path__: '/v1;p=1/$m@:+,&' }, 'http://web:9100/v1;p=1/$m@:+,&'],
    [{ __scheme__: 'ftp' }, 'ftp://web:9100/metrics'],
    [{ __scheme__: '' }, '//web:9100/metrics'],
    [
      { __param_target: 'https://x/?a=b c' },
      'http://web:9100/metrics?target=https%3A%2F%2Fx%2F%3Fa%3Db+c',
    ],
  ])('%j', (labels, expected) => {
    expect(url(labels)).toBe(expected)
  })

  it('has the parameters of the job, sorted, the first value from its label', () => {
    const params = { module: ['old'], 'match[]': ['a', "b'c"], none: [] }
    expect(url({ '__param_match[]': 'z', __param_module: 'http_2xx' }, params)).toBe(
      'http://web:9100/metrics?match%5B%5D=z&match%5B%5D=b%27c&module=http_2xx',
    )
  })

  it('keeps a parameter of the job whose label was taken away', () => {
    expect(url({}, { module: ['http_2xx'] })).toBe('http://web:9100/metrics?module=http_2xx')
  })
})
