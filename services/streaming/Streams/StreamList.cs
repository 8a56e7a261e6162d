using System.Globalization;
using Npgsql;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Data;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Streams;

/// <summary>Lists a tenant's responses, running and recent, over all instances. Thread-safe.</summary>
internal sealed class StreamList(NpgsqlDataSource dataSource, LogBounds bounds)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;

    // What runs says more of itself about every second (StreamActivity), as do the instances that others read it at; of
    // the rest the log knows all.
    private const string Sql =
        $"""
         SELECT r.id, r.surface, r.model, r.state, r.owner, coalesce(r.events, a.events, 0),
                a.readers + coalesce(e.readers, 0), coalesce(r.tokens, a.tokens), a.rate,
                least(a.slowest, e.slowest)
         FROM {StreamingSchema.Name}.responses r
         LEFT JOIN {StreamingSchema.Name}.response_activity a
             ON a.response_id = r.id AND a.instance = r.owner AND r.state = 'running'
         LEFT JOIN LATERAL (
             SELECT sum(readers)::int AS readers, min(slowest) AS slowest
             FROM {StreamingSchema.Name}.response_readers WHERE response_id = r.id) e ON r.state = 'running'
         WHERE r.tenant = $1 AND NOT r.deleted AND r.day >= $3 AND r.id >= $4
         ORDER BY r.day DESC, r.id DESC LIMIT $2
         """;

    public async Task<IResult?> AnswerAsync(HttpContext context)
    {
        var limit = Limit(context.Request.Query["limit"]);
        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = context.Tenant() });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        var oldest = ResponseKey.Lowest(bounds.Time.GetUtcNow() - bounds.Options.Retention);
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = oldest.Day });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = oldest.Id });
        await using var reader = await command.ExecuteReaderAsync(context.RequestAborted);
        var items = new List<StreamItem>();
        while (await reader.ReadAsync(context.RequestAborted))
        {
            items.Add(Item(reader));
        }

        return Results.Json(new StreamPage(items), StreamsJsonContext.Default.StreamPage);
    }

    private static StreamItem Item(NpgsqlDataReader row)
    {
        var key = new ResponseKey(row.GetGuid(0));
        return new StreamItem(
            key.PublicId(Enum.Parse<ResponseSurface>(row.GetString(1))),
            row.GetString(2),
            row.GetString(3),
            row.GetGuid(4),
            key.CreatedAt.ToUnixTimeSeconds(),
            row.GetInt64(5))
        {
            Readers = row.GetValue(6) as int?,
            Tokens = row.GetValue(7) as long?,
            TokensPerSecond = row.GetValue(8) as double?,
            SlowestReader = row.GetValue(9) as long?,
        };
    }

    private static int Limit(string? text) => text is null
        ? DefaultLimit
        : int.TryParse(text, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit
            ? limit
            : throw new ResponseRefusedException(Refusal.BadRequest(
                $"'limit' must be a number from 1 to {MaxLimit}.", "limit"));
}
