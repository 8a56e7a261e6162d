using System.Net;
using System.Text.Json;
using Npgsql;
using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>Readers that come to another instance than the one that generates.</summary>
public sealed class FollowerTests : IAsyncLifetime
{
    private const string Slow = "--Log:PollInterval=00:00:10";

    private PostgresDatabase _database = null!;
    private FaultProxy _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        var address = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        _proxy = FaultProxy.To(address.Host!, address.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("chatcmpl-")]
    [InlineData("resp_")]
    public async Task Any_number_of_them_have_one_follower_and_need_no_database(string prefix)
    {
        const int readers = 20;
        await using var owner = await StartAsync();
        await using var other = await StartAsync(Slow, $"--ConnectionStrings:Postgres={ThroughProxy()}");
        var (id, first) = await BeginAsync(owner, prefix, "@sim count tokens=200 delay_ms=10");

        // The first one brings the follower. One that reads the database in that moment may come to a position before
        // the follower's first, and needs the database once more.
        var leader = await ReadAsync(other, id, frames: 10);
        var others = await Task.WhenAll(Enumerable.Range(1, readers - 1).Select(_ => ReadAsync(other, id, frames: 10)));
        FollowedReader[] followed = [leader, .. others];
        await Eventually.Until("the follower is at the owner", () => owner.ReadersOf(id) >= 2);
        var (count, there) = (other.Followed, owner.ReadersOf(id));

        _proxy.CutAfter(0);
        var texts = await Task.WhenAll(followed.Select(one => one.RestAsync()));

        count.ShouldBe(1);
        there.ShouldBe(2);
        var whole = await first.RestAsync();
        texts.ShouldAllBe(text => text == whole);
        SseText.Ids(whole).ShouldBe(Enumerable.Range(0, SseText.Ids(whole).Count()).Select(n => $"{n}"));
        await Eventually.Until("nobody is followed any more", () => other.Followed == 0);
    }

    [Theory]
    [InlineData("--Followers:MaxFollowed=10")]
    [InlineData("--Followers:MaxFollowed=0")]
    public async Task The_list_of_streams_counts_readers_at_all_instances(string setting)
    {
        await using var owner = await StartAsync();
        await using var other = await StartAsync(setting);
        var (id, first) = await BeginAsync(owner, "chatcmpl-", "@sim count tokens=9000 delay_ms=10");
        var there = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => ReadAsync(other, id, frames: 10)));

        await Eventually.Until(
            "three are listed", async () => await ListedAsync(other, id) is { Readers: 3, Slowest: > 0 });
        foreach (var reader in there)
        {
            reader.Dispose();
        }

        await Eventually.Until("one is left", async () => (await ListedAsync(owner, id)).Readers == 1);
        first.Dispose();
    }

    [Fact]
    public async Task One_that_joins_late_or_comes_back_has_no_seam()
    {
        await using var owner = await StartAsync("--Log:MaxWindowBytes=32768");
        await using var other = await StartAsync("--Followers:WindowBytes=32768");
        var (id, first) = await BeginAsync(owner, "chatcmpl-", "@sim count tokens=900 delay_ms=2");
        var early = await ReadAsync(other, id, frames: 700);
        var late = await ReadAsync(other, id, frames: 1);
        var back = await ReadAsync(other, id, frames: 1, after: 650);

        var whole = await first.RestAsync();

        (await early.RestAsync()).ShouldBe(whole);
        (await late.RestAsync()).ShouldBe(whole);
        (await back.RestAsync()).ShouldBe(string.Concat(SseText.Frames(whole).Skip(651)));
    }

    [Fact]
    public async Task They_go_on_at_the_next_owner_when_theirs_hands_over()
    {
        await using var owner = await StartAsync();
        await using var other = await StartAsync();
        await owner.SeesAsync(2);
        var (id, first) = await BeginAsync(owner, "chatcmpl-", "@sim count tokens=300 delay_ms=10");
        var reader = await ReadAsync(other, id, frames: 10);

        await owner.StopAsync();

        var whole = await reader.RestAsync();
        SseText.Content(whole).ShouldBe(string.Join(' ', Enumerable.Range(0, 300)));
        SseText.Ids(whole).ShouldBe(Enumerable.Range(0, 303).Select(n => $"{n}"));
        first.Dispose();
    }

    [Fact]
    public async Task Readers_where_it_began_follow_the_next_owner_as_soon_as_there_is_one()
    {
        // What they tried while it had no owner must not keep them from it.
        await using var owner = await StartAsync("--Followers:RetryEvery=00:01:00");
        await using var other = await StartAsync("--Streaming:DrainTimeout=00:00:00");
        await owner.SeesAsync(2);
        var (id, reader) = await BeginAsync(owner, "chatcmpl-", "@sim count tokens=100000 delay_ms=10");

        var stop = owner.StopAsync();
        await Eventually.Until("it is followed at the other one", () => other.ReadersOf(id) == 1);

        reader.Dispose();
        await stop;
    }

    [Theory]
    [InlineData("--Followers:AdvertisedUrl=http://127.0.0.1:1")]
    [InlineData("--Followers:MaxFollowed=0")]
    public async Task Where_they_cannot_follow_they_poll_the_log(string setting)
    {
        await using var owner = await StartAsync(setting);
        await using var other = await StartAsync("--Followers:MaxFollowed=" + (setting.Contains("=0") ? 0 : 10));
        var (id, first) = await BeginAsync(owner, "chatcmpl-", "@sim count tokens=60 delay_ms=10");
        var reader = await ReadAsync(other, id, frames: 5);

        (await reader.RestAsync()).ShouldBe(await first.RestAsync());
    }

    [Fact]
    public async Task An_instance_lets_follow_only_what_it_generates_and_only_instances()
    {
        await using var owner = await StartAsync();
        await using var other = await StartAsync();
        var (id, first) = await BeginAsync(owner, "chatcmpl-", "@sim count tokens=3000 delay_ms=10");
        using var stranger = owner.NewClient(withSecret: false);

        using var elsewhere = await other.Client.GetAsync($"/internal/followed/{id}");
        using var refused = await stranger.GetAsync($"/internal/followed/{id}");

        elsewhere.StatusCode.ShouldBe(HttpStatusCode.MisdirectedRequest);
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        first.Dispose();
    }

    private Task<StreamingProcess> StartAsync(params string[] settings) => StreamingProcess.StartAsync(
    [
        $"--ConnectionStrings:Postgres={_database.Uri}",
        $"--Streaming:Http2Url=http://127.0.0.1:{FreePorts.Next()}",
        .. settings,
    ]);

    private static async Task<(long? Readers, long? Slowest)> ListedAsync(StreamingProcess at, string id)
    {
        var item = JsonElement.Parse(await at.Client.GetStringAsync("/api/streams")).GetProperty("data")
            .EnumerateArray().Single(one => one.GetProperty("id").GetString() == id);
        return (Number("readers"), Number("slowest_reader"));

        long? Number(string name) =>
            item.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt64() : null;
    }

    private string ThroughProxy() =>
        new UriBuilder(_database.Uri) { Host = "127.0.0.1", Port = _proxy.Port }.Uri.ToString();

    private static async Task<(string Id, FollowedReader Reader)> BeginAsync(
        StreamingProcess owner, string prefix, string message)
    {
        var answer = prefix == "resp_"
            ? await StreamingProcess.PostAsync(
                owner.Client, $$"""{"model":"sluice-sim","input":"{{message}}","stream":true}""", "/v1/responses")
            : await owner.ChatAsync(message, stream: true);
        var reader = await FollowedReader.OpenAsync(answer, frames: 6);
        var start = reader.Text.IndexOf(prefix, StringComparison.Ordinal);
        return (reader.Text.Substring(start, prefix.Length + 32), reader);
    }

    private static async Task<FollowedReader> ReadAsync(StreamingProcess at, string id, int frames, int after = -1)
    {
        var path = id.StartsWith("resp_", StringComparison.Ordinal) ? "responses" : "chat/completions";
        var answer = await at.Client.GetAsync(
            $"/v1/{path}/{id}?stream=true&starting_after={after}", HttpCompletionOption.ResponseHeadersRead);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await FollowedReader.OpenAsync(answer, frames);
    }
}
