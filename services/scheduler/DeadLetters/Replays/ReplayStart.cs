using System.Globalization;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Api;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// Begins replays: the letters are claimed in the transaction that makes the replay, so that two of them never hold the
/// same one. The first step is done at once; <see cref="ReplayLoop"/> does the others. Safe for concurrent use.
/// </summary>
internal sealed class ReplayStart(
    NpgsqlDataSource dataSource, ReplayLoop loop, ReplayViews views, IOptions<DeadLetterOptions> options,
    TimeProvider time)
{
    public async Task<ReplayOutcome> RunAsync(
        LetterScope scope, ReplayRequest request, CancellationToken cancellationToken)
    {
        if (request.Token is { } token && await EarlierAsync(scope, token, cancellationToken) is { } earlier)
        {
            return earlier;
        }

        IReadOnlyList<LetterRow> asked = [];
        if (request.Filter.Ids is { } ids)
        {
            asked = await FindAsync(scope, ids, cancellationToken);
            if (ids.Except(asked.Select(l => l.Id)).ToList() is [var unknown, ..])
            {
                return LetterRefusals.NotFound(PublicId.DeadLetter(unknown), "ids");
            }
        }

        if (request.DryRun)
        {
            return await CountAsync(scope, request, asked, cancellationToken);
        }

        var (replay, refusal) = await ClaimAsync(scope, request, asked, cancellationToken);
        if (replay is not null)
        {
            return await BeginAsync(scope, replay, cancellationToken);
        }

        if (refusal is null)
        {
            return await views.OfEarlierAsync(
                scope, await FindAsync(scope, request.Filter.Ids!, cancellationToken), cancellationToken);
        }

        // The same request may have come twice at the same time: then the other one has what this one counted.
        return request.Token is { } used && await EarlierAsync(scope, used, cancellationToken) is { } same
            ? same
            : refusal;
    }

    private async Task<ReplayView?> EarlierAsync(
        LetterScope scope, ReplayToken token, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await ReplayTable.FindByTokenAsync(connection, scope, token.Id, cancellationToken) is { } replay
            ? await views.FindAsync(scope, replay.Id, cancellationToken)
            : null;
    }

    private async Task<IReadOnlyList<LetterRow>> FindAsync(
        LetterScope scope, IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        var where = new LetterWhere(scope, new() { Ids = ids });
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<LetterRow>(new(
            $"SELECT {LetterTable.Columns} FROM {LetterTable.Name} d WHERE {where.Sql}",
            where.Parameters,
            cancellationToken: cancellationToken))).AsList();
    }

    private async Task<ReplayView> CountAsync(
        LetterScope scope, ReplayRequest request, IReadOnlyList<LetterRow> asked, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var filter = request.Filter with { State = LetterState.Open };
        var count = await LetterTable.CountAsync(connection, scope, filter, cancellationToken);
        return new()
        {
            DryRun = true,
            Status = "counted",
            Token = new ReplayToken(Guid.NewGuid(), count).ToString(),
            Count = count,
            AlreadyReplayed = asked.Count == 0 ? 0 : asked.Count - count,
            Batches = [],
        };
    }

    /// <summary>Neither replay nor refusal when all letters had been replayed before.</summary>
    private async Task<(ReplayRow? Replay, OpenAiErrorResult? Refusal)> ClaimAsync(
        LetterScope scope, ReplayRequest request, IReadOnlyList<LetterRow> asked, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var most = options.Value.MaxReplay;
        var claimed = await ReplayTable.ClaimAsync(
            connection, scope, request.Filter, id, most + 1, cancellationToken);
        if (claimed > most)
        {
            return (null, OpenAiErrorResult.Conflict(
                $"More than {most} dead letters match; narrow the filter.", "filter", "too_many_letters"));
        }

        if (request.Token is { } token && token.Count != claimed)
        {
            return (null, OpenAiErrorResult.Conflict(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{claimed} dead letters match now, not {token.Count}; count them again."),
                "token",
                "count_changed"));
        }

        if (claimed == 0 && asked.Count > 0)
        {
            return default;
        }

        var replay = new ReplayRow
        {
            Id = id,
            Tenant = scope.Tenant,
            Token = request.Token?.Id,
            Letters = claimed,
            AlreadyReplayed = Math.Max(0, asked.Count - claimed),
            Rate = request.Rate,
            StopAfter = request.StopAfter,
            CreatedAt = now.UtcDateTime,
        };

        if (!await ReplayTable.InsertAsync(connection, replay, now + ReplayLoop.StepTime, cancellationToken))
        {
            return (null, OpenAiErrorResult.Conflict("The token was used before.", "token", "token_used"));
        }

        await transaction.CommitAsync(cancellationToken);
        return (replay, null);
    }

    private async Task<ReplayView> BeginAsync(LetterScope scope, ReplayRow replay, CancellationToken cancellationToken)
    {
        if (await loop.StepAsync(replay, cancellationToken) == TimeSpan.Zero)
        {
            // Usually the first step took all, and this one finds that out.
            await loop.StepAsync(replay, cancellationToken);
        }

        return (await views.FindAsync(scope, replay.Id, cancellationToken))!;
    }
}
