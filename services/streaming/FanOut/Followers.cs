using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Durability.Instances;
using Sluice.Streaming.Data;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// The responses of other instances that are followed for readers here, each once however many those are. Gives them up
/// when their owner is found dead: a frozen one keeps its connections. Thread-safe; at most
/// <c>Followers:MaxFollowed</c>.
/// </summary>
internal sealed class Followers(
    NpgsqlDataSource dataSource,
    FollowerConnections connections,
    IInstanceWatch watch,
    IOptions<FollowerOptions> options,
    TimeProvider time) : BackgroundService
{
    private const string OwnerSql =
        $"""
         SELECT i.id, i.address FROM {StreamingSchema.Name}.responses r
         JOIN {StreamingSchema.Name}.instances i ON i.id = r.owner
         WHERE r.day = $1 AND r.id = $2 AND r.state = 'running' AND NOT i.fenced
         """;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Dictionary<ResponseKey, Follower> _followed = [];

    public TimeSpan RetryEvery => options.Value.RetryEvery;

    /// <summary>Responses that are followed.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _followed.Count;
            }
        }
    }

    /// <summary>
    /// Joins the response's follower, or starts it; null when there are too many. Each needs one
    /// <see cref="Follower.Forget"/>.
    /// </summary>
    public Follower? TryJoin(ResponseKey key, StoredResponse stored)
    {
        Follower follower;
        lock (_lock)
        {
            if (_followed.TryGetValue(key, out var there) && there.TryJoin())
            {
                return there;
            }

            if (_followed.Count >= options.Value.MaxFollowed)
            {
                return null;
            }

            follower = new Follower(
                key, stored.Next, options.Value, Remove, new CancellationTokenSource());
            follower.TryJoin();
            _followed[key] = follower;
        }

        _ = Task.Run(() => follower.RunAsync((tell, stop) => ConnectAsync(key, stored, tell, stop)));
        return follower;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var dead = watch.Dead;
            List<Follower> lost;
            lock (_lock)
            {
                lost = dead.Count == 0 ? [] : [.. _followed.Values.Where(one => dead.Contains(one.Owner))];
            }

            lost.ForEach(one => one.Lose());
        }
    }

    private async Task<HttpResponseMessage> ConnectAsync(
        ResponseKey key, StoredResponse stored, Action<Guid> tell, CancellationToken stop)
    {
        var owner = await OwnerAsync(key, stop);
        if (owner?.Address is not { } address)
        {
            throw new HttpRequestException("The response has no owner that can be reached.");
        }

        tell(owner.Instance);
        return await connections.OpenAsync(
            address, key.PublicId(stored.Surface), stored.Tenant, stored.Next - 1, stop);
    }

    private async Task<FollowedOwner?> OwnerAsync(ResponseKey key, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(OwnerSql);
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = key.Day });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = key.Id });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new FollowedOwner(
                reader.GetGuid(0),
                Uri.TryCreate(reader.GetString(1), UriKind.Absolute, out var address) ? address : null)
            : null;
    }

    private void Remove(Follower follower)
    {
        lock (_lock)
        {
            if (_followed.GetValueOrDefault(follower.Key) == follower)
            {
                _followed.Remove(follower.Key);
            }
        }
    }
}
