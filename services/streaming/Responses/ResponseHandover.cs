using Npgsql;
using Sluice.Durability.Instances;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Data;

namespace Sluice.Streaming.Responses;

/// <summary>
/// Gives responses up when the process is to end: nobody owns them then, and the next instance that looks goes on with
/// them (<see cref="Takeover"/>). Those that cannot be gone on with stay, and so do all when there is no other
/// instance. Thread-safe.
/// </summary>
internal sealed partial class ResponseHandover(
    NpgsqlDataSource dataSource,
    ResponseRegistry responses,
    ActiveResponses active,
    IInstances instances,
    ILogger<ResponseHandover> logger)
{
    private const string Sql =
        $"""
         UPDATE {StreamingSchema.Name}.responses SET owner = '{Nobody}'
         WHERE day = $1 AND id = $2 AND owner = $3 AND state = 'running'
         """;

    /// <summary>The owner of a response that was given up.</summary>
    public const string Nobody = "00000000-0000-0000-0000-000000000000";

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private volatile bool _isOpen;

    /// <summary>
    /// Stops what can be handed over, now and whatever comes so far later; to be called once the process drains. True
    /// when there is another instance.
    /// </summary>
    public async Task<bool> BeginAsync(CancellationToken cancellation)
    {
        try
        {
            _isOpen = await instances.DrainAsync(cancellation);
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            Log.NotOpen(logger, exception.Message);
        }

        foreach (var response in responses.All.Where(IsWanted))
        {
            response.Cancel(CancelReason.HandedOver);
        }

        return _isOpen;
    }

    /// <summary>The process drains, and another instance can go on with what is committed of the response.</summary>
    public bool IsWanted(Response response) => _isOpen && response.Identity.CanContinue && response.IsReleased;

    /// <summary>
    /// Gives it up, once all of it is in rows. While the database is away it tries again; a process that ends
    /// before that leaves the response to those who find it dead.
    /// </summary>
    public async Task GiveUpAsync(Response response)
    {
        while (!response.IsLost && response.Refusal is null && !active.Ended.IsCancellationRequested)
        {
            try
            {
                await using var command = dataSource.CreateCommand(Sql);
                command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = response.Key.Day });
                command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = response.Key.Id });
                command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = response.Lease.Id });
                await command.ExecuteNonQueryAsync(active.Ended);
                break;
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
            {
                Log.NotGivenUp(logger, response.Key.Id, exception.Message);
                await Task.Delay(RetryDelay, active.Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (active.Ended.IsCancellationRequested)
            {
                // Time is up.
            }
        }

        response.Lose();
    }

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Warning, "No response is handed over, as the database is away: {Reason}")]
        public static partial void NotOpen(ILogger logger, string reason);

        [LoggerMessage(1, LogLevel.Warning, "Response {Response} could not be given up, trying again: {Reason}")]
        public static partial void NotGivenUp(ILogger logger, Guid response, string reason);
    }
}
