using Npgsql;
using Sluice.BatchStore.Sql;

namespace Sluice.BatchStore.DeadLetters;

/// <summary>
/// The part of a page's statement that stores its dead letters. The statement has a CTE <c>held</c> with
/// <c>(batch_id, no, blob_id)</c> of the shard, empty when the page is refused: then no letter is written either.
/// </summary>
internal static class LineLetterSql
{
    private const string S = BatchStoreSchema.Name;

    /// <param name="first">Number of the first of the eight parameters that <see cref="WithLetters"/> adds.</param>
    public static string Cte(int first) =>
        $"""
         letters AS (
             INSERT INTO {S}.dead_letters (id, kind, tenant, batch_id, shard_no, line, custom_id, blob_id, byte_offset,
                    byte_length, payload_bytes, code, message, attempts, trace_id, created_at, previous_id)
             SELECT l.id,
                    CASE WHEN l.code = '{LineLetter.ShardFailed}'
                        THEN {(int)LetterKind.Shard} ELSE {(int)LetterKind.Line} END,
                    v.tenant, h.batch_id, h.no, l.line, l.custom_id, h.blob_id,
                    l.byte_offset, l.byte_length, l.byte_length, l.code, l.message,
                    l.attempts + coalesce(p.attempts, 0), v.trace_id, clock_timestamp(), p.id
             FROM held h
             CROSS JOIN unnest(${first}::uuid[], ${first + 1}::int[], ${first + 2}::text[], ${first + 3}::bigint[],
                 ${first + 4}::int[], ${first + 5}::text[], ${first + 6}::text[], ${first + 7}::int[])
                 AS l (id, line, custom_id, byte_offset, byte_length, code, message, attempts)
             LEFT JOIN {S}.validations v ON v.batch_id = h.batch_id
             LEFT JOIN {S}.dead_letters p ON p.follow_up_batch = h.batch_id AND p.follow_up_line = l.line
             ON CONFLICT DO NOTHING)
         """;

    public static NpgsqlCommand WithLetters(this NpgsqlCommand command, IReadOnlyList<LineLetter> letters) => command
        .With<Guid[]>([.. letters.Select(_ => Guid.CreateVersion7())])
        .With<int[]>([.. letters.Select(l => l.Line)])
        .With<string?[]>([.. letters.Select(l => l.CustomId)])
        .With<long[]>([.. letters.Select(l => l.ByteOffset)])
        .With<int[]>([.. letters.Select(l => l.ByteLength)])
        .With<string[]>([.. letters.Select(l => l.Code)])
        .With<string[]>([.. letters.Select(l => l.Message)])
        .With<int[]>([.. letters.Select(l => l.Attempts)]);
}
