import type { Expr } from '../../lang/promql/ast.ts'
import { formatFault } from '../../lang/promql/fault.ts'
import { parse } from '../../lang/promql/parse.ts'
import { prettify } from '../../lang/promql/print.ts'
import { toJson } from '../../lang/promql/to-json.ts'
import type { Params } from '../params.ts'
import { invalidParam } from './decode-params.ts'
import { success, type ApiRoute } from './respond.ts'

/** What can be said of an expression without evaluating it. */
export function expressionRoutes(): ApiRoute[] {
  const methods = ['GET', 'POST'] as const
  return [
    {
      methods,
      path: '/format_query',
      handle: ({ params }) => success(prettify(readExpression(params))),
    },
    {
      methods,
      path: '/parse_query',
      handle: ({ params }) => success(toJson(readExpression(params))),
    },
  ]
}

function readExpression(params: Params): Expr {
  const query = params.get('query')
  const parsed = parse(query)
  if (parsed.ok) return parsed.expr
  const [fault] = parsed.faults
  throw invalidParam('query', fault ? formatFault(query, fault) : 'parse error')
}
