using System.Linq.Expressions;
using System.Reflection;

namespace Sluice.Durability.Sagas;

/// <summary>
/// MassTransit 8.4.0 puts the correlation value into the filter as a constant, so that EF Core compiles and caches one
/// query per value (issue 5931 there). Constants become members of a closure here, which EF Core takes as parameters.
/// </summary>
internal static class SagaQueryParameters
{
    public static Expression<Func<TSaga, bool>> Extract<TSaga>(Expression<Func<TSaga, bool>> filter) =>
        (Expression<Func<TSaga, bool>>)new Visitor().Visit(filter);

    private sealed class Visitor : ExpressionVisitor
    {
        protected override Expression VisitConstant(ConstantExpression node)
        {
            if (node.Value is null || !(node.Type.IsValueType || node.Type == typeof(string)))
            {
                return node;
            }

            var box = Activator.CreateInstance(typeof(Box<>).MakeGenericType(node.Type), node.Value)!;
            return Expression.Field(Expression.Constant(box), box.GetType().GetField(nameof(Box<int>.Value))!);
        }

        protected override Expression VisitMember(MemberExpression node) =>
            // A closure's member is a parameter already; its constant must stay what it is.
            node is { Expression: ConstantExpression, Member: FieldInfo or PropertyInfo }
                ? node
                : base.VisitMember(node);
    }

    private sealed class Box<T>(T value)
    {
        public readonly T Value = value;
    }
}
