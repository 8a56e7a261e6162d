using Dapper;
using Sluice.BatchStore.DeadLetters;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>
/// A filter as the WHERE clause over <c>dead_letters d</c>; always with the tenant of a caller that has one.
/// </summary>
internal sealed class LetterWhere
{
    private readonly List<string> _conditions = [];

    public LetterWhere(LetterScope scope, LetterFilter filter)
    {
        if (scope.Tenant is { } tenant)
        {
            Add($"d.tenant = @scopeTenant AND d.kind <> {(int)LetterKind.Message}", "scopeTenant", tenant);
        }

        AddCause(filter);
        AddIf("d.batch_id = @batch", "batch", filter.Batch);
        AddIf("d.tenant = @tenant", "tenant", filter.Tenant);
        AddIf("d.kind = @kind", "kind", (short?)filter.Kind);
        AddIf(
            "d.message_type IS NOT NULL AND position(@messageType IN d.message_type) > 0",
            "messageType",
            filter.MessageType);
        AddIf("d.queue = @queue", "queue", filter.Queue);
        AddIf("d.created_at >= @from", "from", filter.From);
        AddIf("d.created_at < @to", "to", filter.To);
        AddIf("d.state = @state", "state", (short?)filter.State);
        AddIf("d.id = ANY(@ids)", "ids", filter.Ids?.ToArray());
    }

    public DynamicParameters Parameters { get; } = new();

    public string Sql => _conditions.Count == 0 ? "true" : string.Join(" AND ", _conditions);

    /// <summary>One more condition, with its parameter.</summary>
    public LetterWhere Add(string condition, string parameter, object? value)
    {
        _conditions.Add(condition);
        Parameters.Add(parameter, value);
        return this;
    }

    private void AddCause(LetterFilter filter)
    {
        AddIf("d.code = @code", "code", filter.Code);
        AddIf(
            """
            (position(lower(@search) IN lower(concat_ws(
                ' ', d.code, d.message, d.custom_id, d.message_type, d.queue, d.trace_id))) > 0
             OR position(convert_to(@search, 'UTF8') IN d.body) > 0)
            """,
            "search",
            filter.Search);
    }

    private void AddIf(string condition, string parameter, object? value)
    {
        if (value is not null)
        {
            Add(condition, parameter, value);
        }
    }
}
