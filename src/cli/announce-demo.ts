/** What `vedette demo` says once it runs. */
export function announceDemo(demo: {
  readonly url: string
  readonly endpoint: string
  readonly program: string
}): string {
  const { url, endpoint, program } = demo
  const pages = [
    ['/', 'places an order'],
    ['/status/500?seconds_sleep=2', 'answers as it is told'],
    ['/docs', 'what else there is'],
  ] as const
  const answers = pages.map(([path, what], at) => {
    const place = `${url}${path}`.padEnd(url.length + 30)
    return `  ${at === 0 ? 'answers' : '       '}  ${place}${what}`
  })
  const load = url === 'http://127.0.0.1:8080' ? '' : ` --url ${url}`
  return `
The demonstration is ready: gateway, orders and payments.

${answers.join('\n')}
  exposes  ${url}/metrics, ${url}/passenger_metrics
  sends    traces, metrics and logs to ${endpoint}

In another terminal:

  ${program} load${load}
  ${program} traces '{ resource.service.name = "gateway" }'
  ${program} logs '{service_name="payments"}'

Ctrl-C ends it.
`
}
