import { messageOf } from '../../model/problem.ts'
import { compileSearch } from '../../model/regex.ts'
import type {
  Aggregate,
  BinaryField,
  ExistsField,
  FieldExpression,
  MetricsExpression,
  Pipeline,
  PipelineStage,
  Query,
  QueryFault,
  ScalarExpression,
  ScalarFilter,
  Span,
} from './ast.ts'
import { printField, printScalar, printStage } from './print.ts'
import { asksSpan, canCombine, isNumeric, takes, typeOf, type ValueType } from './value-type.ts'

/**
 * What a query that reads well cannot mean: types that do not fit, regexes that do not compile, and what Tempo names as not supported
 * (pkg/traceql/ast_validate.go). Empty when it can be run.
 */
export function check({ body }: Query): readonly QueryFault[] {
  const checker = new Checker()
  if (body.kind === 'pipeline') checker.pipeline(body)
  else checker.metrics(body)
  return checker.faults
}

class Checker {
  readonly faults: QueryFault[] = []

  #fault({ start, end }: Span, message: string): void {
    this.faults.push({ start, end, message, isSyntax: false })
  }

  pipeline({ stages }: Pipeline): void {
    for (const stage of stages) this.#stage(stage)
  }

  metrics(expression: MetricsExpression): void {
    for (const stage of expression.stages) {
      if (stage.kind === 'metrics_top' && stage.count === 0)
        this.#fault(stage, `limit must be greater than 0: ${stage.name}(0)`)
    }
    if (expression.kind === 'metrics_operation') {
      for (const side of [expression.left, expression.right]) {
        if (typeof side === 'number') continue
        this.metrics(side)
        this.#refuseCompare(side)
      }
      return
    }
    this.pipeline(expression.pipeline)
    if (expression.stages.length > 0) this.#refuseCompare(expression)
    if (expression.aggregate.kind === 'metrics_compare')
      return this.#stage(expression.aggregate.selection)
    const { field, by } = expression.aggregate
    if (field) this.#field(field)
    for (const each of by) this.#field(each)
  }

  #refuseCompare(expression: MetricsExpression): void {
    const isCompare =
      expression.kind === 'metrics_pipeline' && expression.aggregate.kind === 'metrics_compare'
    if (isCompare) this.#fault(expression, '`compare()` cannot be used with second stage functions')
  }

  #stage(stage: PipelineStage): void {
    switch (stage.kind) {
      case 'spanset_filter': {
        this.#field(stage.condition)
        const type = typeOf(stage.condition)
        if (type === 'attribute' || type === 'boolean') return
        const message = 'span filter field expressions must resolve to a boolean'
        return this.#fault(stage, `${message}: ${printStage(stage)}`)
      }
      case 'spanset_operation':
        this.#stage(stage.left)
        return this.#stage(stage.right)
      case 'pipeline':
        return this.pipeline(stage)
      case 'scalar_filter':
        return this.#scalarFilter(stage)
      case 'group_by':
        if (!asksSpan(stage.expression)) {
          const message = 'grouping field expressions must reference the span'
          this.#fault(stage, `${message}: ${printStage(stage)}`)
        }
        return this.#field(stage.expression)
      case 'select':
        for (const field of stage.fields) this.#field(field)
        return
      case 'aggregate':
        return this.#aggregate(stage)
      case 'coalesce':
    }
  }

  #scalarFilter(filter: ScalarFilter): void {
    const { op, left, right } = filter
    this.#scalar(left)
    this.#scalar(right)
    const types = [typeOfScalar(left), typeOfScalar(right)] as const
    const shown = `${printScalar(left)} ${op} ${printScalar(right)}`
    if (!canCombine(...types))
      return this.#fault(filter, `binary operations must operate on the same type: ${shown}`)
    if (!types.every((type) => takes(op, type)))
      return this.#fault(filter, `illegal operation for the given types: ${shown}`)
    if (left.kind !== 'aggregate' || right.kind !== 'static') {
      const message = 'only an aggregate compared with a number, as in count() > 2, is supported'
      this.#fault(filter, `scalar filter not yet supported: ${shown}: ${message}`)
    }
  }

  #scalar(scalar: ScalarExpression): void {
    switch (scalar.kind) {
      case 'static':
        return
      case 'aggregate':
        return this.#aggregate(scalar)
      case 'pipeline':
        return this.pipeline(scalar)
      case 'scalar_operation':
        this.#scalar(scalar.left)
        this.#scalar(scalar.right)
    }
  }

  #aggregate(aggregate: Aggregate): void {
    const { operand } = aggregate
    if (!operand) return
    this.#field(operand)
    const type = typeOf(operand)
    const shown = printScalar(aggregate)
    if (type !== 'attribute' && !isNumeric(type))
      this.#fault(aggregate, `aggregate field expressions must resolve to a number type: ${shown}`)
    else if (!asksSpan(operand))
      this.#fault(aggregate, `aggregate field expressions must reference the span: ${shown}`)
  }

  #field(expression: FieldExpression): void {
    switch (expression.kind) {
      case 'static':
        return
      case 'attribute':
        if (expression.isParent) this.#fault(expression, 'parent not yet supported')
        return
      case 'intrinsic':
        if (expression.name === 'parent')
          this.#fault(expression, 'intrinsic (parent) not yet supported')
        return
      case 'exists':
        return this.#exists(expression)
      case 'unary': {
        this.#field(expression.operand)
        const type = typeOf(expression.operand)
        const fits = expression.op === '-' ? isNumeric(type) : type === 'boolean'
        if (type === 'attribute' || fits) return
        const shown = printField(expression)
        return this.#fault(expression, `illegal operation for the given type: ${shown}`)
      }
      case 'binary':
        return this.#binary(expression)
    }
  }

  /** What every span has cannot be missing. */
  #exists(expression: ExistsField): void {
    const { operand, isNegated } = expression
    this.#field(operand)
    if (!isNegated) return
    const shown = `${printField(operand)}=nil is not valid because`
    if (operand.kind === 'intrinsic') this.#fault(expression, `${shown} intrinsics cannot be nil`)
    else if (
      operand.kind === 'attribute' &&
      operand.scope === 'resource' &&
      operand.name === 'service.name'
    )
      this.#fault(expression, `${shown} resource.service.name cannot be nil`)
  }

  #binary(expression: BinaryField): void {
    const { op, left, right } = expression
    this.#field(left)
    this.#field(right)
    const types = [typeOf(left), typeOf(right)] as const
    const shown = printField(expression)
    if (!canCombine(...types))
      return this.#fault(expression, `binary operations must operate on the same type: ${shown}`)
    if (!types.every((type) => takes(op, type)))
      return this.#fault(expression, `illegal operation for the given types: ${shown}`)
    if (op === '=~' || op === '!~') this.#regex(expression, right)
  }

  #regex(expression: BinaryField, right: FieldExpression): void {
    if (right.kind !== 'static' || right.value.type !== 'string')
      return this.#fault(expression, `invalid type for =~ or !~: ${printField(right)}`)
    try {
      compileSearch(right.value.value)
    } catch (thrown) {
      this.#fault(right, `invalid regex: ${printField(right)}: ${messageOf(thrown)}`)
    }
  }
}

function typeOfScalar(scalar: ScalarExpression): ValueType {
  switch (scalar.kind) {
    case 'static':
      return scalar.value.type
    case 'aggregate':
      return scalar.operand ? typeOf(scalar.operand) : 'int'
    case 'pipeline': {
      const last = scalar.stages.at(-1)
      return last?.kind === 'aggregate' ? typeOfScalar(last) : 'nil'
    }
    default: {
      const left = typeOfScalar(scalar.left)
      return left === 'attribute' ? typeOfScalar(scalar.right) : left
    }
  }
}
