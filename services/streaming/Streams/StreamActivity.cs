using Npgsql;
using Sluice.Durability.Instances;
using Sluice.Streaming.Data;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Streams;

/// <summary>
/// Writes down every second what this instance's running responses do, and how many readers it has of those of others,
/// for the list that any instance may be asked for.
/// </summary>
internal sealed partial class StreamActivity(
    NpgsqlDataSource dataSource,
    ResponseRegistry responses,
    FeedSources sources,
    IInstances instances,
    ILogger<StreamActivity> logger)
    : BackgroundService
{
    private const string Sql =
        $"""
         WITH gone AS (
             DELETE FROM {StreamingSchema.Name}.response_activity a
             WHERE NOT response_id = ANY($2) AND (instance = ANY($1) OR NOT EXISTS (
                 SELECT FROM {StreamingSchema.Name}.instances i WHERE i.id = a.instance AND NOT i.fenced)))
         INSERT INTO {StreamingSchema.Name}.response_activity
             (response_id, instance, events, readers, tokens, rate, slowest)
         SELECT * FROM unnest($2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (response_id) DO UPDATE SET instance = EXCLUDED.instance, events = EXCLUDED.events,
             readers = EXCLUDED.readers, tokens = EXCLUDED.tokens, rate = EXCLUDED.rate, slowest = EXCLUDED.slowest
         """;

    // What an instance wrote that is no more goes as well.
    private const string ElsewhereSql =
        $"""
         WITH gone AS (
             DELETE FROM {StreamingSchema.Name}.response_readers r
             WHERE instance = $1 AND NOT response_id = ANY($2)
                OR NOT EXISTS (
                    SELECT FROM {StreamingSchema.Name}.instances i WHERE i.id = r.instance AND NOT i.fenced))
         INSERT INTO {StreamingSchema.Name}.response_readers (response_id, instance, readers, slowest)
         SELECT response, $1, readers, slowest FROM unnest($2, $3, $4) AS t (response, readers, slowest)
         ON CONFLICT (response_id, instance) DO UPDATE SET readers = EXCLUDED.readers, slowest = EXCLUDED.slowest
         """;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly HashSet<Guid> _instances = [];
    private Dictionary<Guid, long> _tokens = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, sources.Time);
        var (wasEmpty, wasAlone) = (true, true);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var running = responses.All.Where(response => response is { IsLogged: true, IsReleased: true }).ToList();
            var readers = sources.Elsewhere.Counts();
            try
            {
                if (running.Count > 0 || !wasEmpty)
                {
                    await WriteAsync(running, stoppingToken);
                    wasEmpty = running.Count == 0;
                }

                if (readers.Count > 0 || !wasAlone)
                {
                    await WriteAsync(readers, stoppingToken);
                    wasAlone = readers.Count == 0;
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database; the next second has newer numbers.
                Log.Failed(logger, exception.Message);
            }
        }
    }

    private async Task WriteAsync(List<Response> running, CancellationToken cancellation)
    {
        var before = _tokens;
        _tokens = running.ToDictionary(response => response.Key.Id, response => response.Tokens);
        List<(int Count, long? Slowest)> readers = [.. running.Select(response => response.Readers.Own)];
        _instances.UnionWith(running.Select(response => response.Lease.Id));
        await using var command = dataSource.CreateCommand(Sql);
        Add(command, _instances.ToArray());
        Add(command, running.Select(response => response.Key.Id).ToArray());
        Add(command, running.Select(response => response.Lease.Id).ToArray());
        Add(command, running.Select(response => response.Frames.Readable).ToArray());
        Add(command, readers.Select(own => own.Count).ToArray());
        Add(command, running.Select(response => response.Tokens).ToArray());
        Add(command, running.Select(response =>
            (_tokens[response.Key.Id] - before.GetValueOrDefault(response.Key.Id)) / Period.TotalSeconds).ToArray());
        Add(command, readers.Select(own => own.Slowest).ToArray());
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task WriteAsync(
        List<(Guid Response, int Readers, long Slowest)> readers, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(ElsewhereSql);
        Add(command, instances.Current.Id);
        Add(command, readers.Select(one => one.Response).ToArray());
        Add(command, readers.Select(one => one.Readers).ToArray());
        Add(command, readers.Select(one => one.Slowest).ToArray());
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static void Add<T>(NpgsqlCommand command, T value) =>
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "What streams do could not be written down: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
