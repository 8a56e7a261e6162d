using System.Net;
using System.Net.Sockets;
using System.Text;
using Shouldly;
using Sluice.ServiceDefaults.Internal;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

public sealed class FilesTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_comes_back_byte_for_byte_whatever_the_order_of_its_parts(bool purposeFirst)
    {
        var content = RandomBytes(2_500_000);
        using var form = new MultipartFormDataContent();
        if (purposeFirst)
        {
            form.Add(new StringContent("batch"), "purpose");
        }

        form.Add(new ByteArrayContent(content), "file", "täst 1.jsonl");
        form.Add(new StringContent("created_at"), "expires_after[anchor]");
        form.Add(new StringContent("7200"), "expires_after[seconds]");
        if (!purposeFirst)
        {
            form.Add(new StringContent("batch"), "purpose");
        }

        var file = await Json(await scheduler.Client.PostAsync("/v1/files", form));

        var id = file.GetProperty("id").GetString()!;
        id.ShouldStartWith("file-");
        file.GetProperty("object").GetString().ShouldBe("file");
        file.GetProperty("bytes").GetInt64().ShouldBe(content.Length);
        file.GetProperty("purpose").GetString().ShouldBe("batch");
        file.GetProperty("status").GetString().ShouldBe("processed");
        file.GetProperty("filename").GetString().ShouldBe("täst 1.jsonl");
        var created = file.GetProperty("created_at").GetInt64();
        file.GetProperty("expires_at").GetInt64().ShouldBe(created + 7200);
        (await scheduler.GetAsync($"/v1/files/{id}")).GetRawText().ShouldBe(file.GetRawText());
        using var answer = await scheduler.Client.GetAsync($"/v1/files/{id}/content");
        answer.Content.Headers.ContentLength.ShouldBe(content.Length);
        answer.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(content);
    }

    [Theory]
    [InlineData("purpose=%00")]
    [InlineData("purpose=mischief")]
    [InlineData("purpose=batch&purpose=batch_output")]
    public async Task A_list_of_a_purpose_that_is_none_is_refused(string query) =>
        await Refusal(await scheduler.Client.GetAsync($"/v1/files?{query}"), 400);

    [Fact]
    public async Task A_form_without_a_purpose_is_refused_and_nothing_stays()
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent([1]), "file", "a.jsonl" } };

        var error = await Refusal(await scheduler.Client.PostAsync("/v1/files", form), 400);

        error.GetProperty("param").GetString().ShouldBe("purpose");
        (await ChunksAsync()).ShouldBe(await FileChunksAsync());
    }

    [Fact]
    public async Task A_form_without_a_file_is_refused()
    {
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" } };

        var error = await Refusal(await scheduler.Client.PostAsync("/v1/files", form), 400);

        error.GetProperty("param").GetString().ShouldBe("file");
    }

    [Fact]
    public async Task A_form_with_two_files_is_refused_and_nothing_stays()
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ByteArrayContent([1]), "file", "a.jsonl" },
            { new ByteArrayContent([2]), "file", "b.jsonl" },
        };

        await Refusal(await scheduler.Client.PostAsync("/v1/files", form), 400);

        (await ChunksAsync()).ShouldBe(await FileChunksAsync());
    }

    [Theory]
    [InlineData("everything", true, "purpose")]
    [InlineData("everything", false, "purpose")]
    public async Task An_unknown_purpose_is_refused_and_nothing_stays(string purpose, bool purposeFirst, string param)
    {
        using var form = new MultipartFormDataContent();
        if (purposeFirst)
        {
            form.Add(new StringContent(purpose), "purpose");
        }

        form.Add(new ByteArrayContent(RandomBytes(1000)), "file", "a.jsonl");
        if (!purposeFirst)
        {
            form.Add(new StringContent(purpose), "purpose");
        }

        var error = await Refusal(await scheduler.Client.PostAsync("/v1/files", form), 400);

        error.GetProperty("param").GetString().ShouldBe(param);
        (await ChunksAsync()).ShouldBe(await FileChunksAsync());
    }

    [Fact]
    public async Task A_name_that_is_too_long_is_cut_between_characters()
    {
        // The 255th unit is the first half of a pair.
        var name = new string('a', 254) + "🙂.jsonl";
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(
            "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
            + $"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{{}}\r\n--b--\r\n"));
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");

        var file = await Json(await scheduler.Client.PostAsync("/v1/files", content));

        file.GetProperty("filename").GetString().ShouldBe(new string('a', 254));
    }

    [Fact]
    public async Task An_empty_file_is_refused()
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ByteArrayContent([]), "file", "empty.jsonl" },
        };

        var error = await Refusal(await scheduler.Client.PostAsync("/v1/files", form), 400);

        error.GetProperty("code").GetString().ShouldBe("empty_file");
    }

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("multipart/form-data", "x")]
    [InlineData("multipart/form-data; boundary=b", "")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch")]
    [InlineData("multipart/form-data; boundary=b", "--b--\r\n")]
    public async Task What_is_not_a_whole_form_is_refused(string type, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        var error = await Refusal(await scheduler.Client.PostAsync("/v1/files", content), 400);

        error.GetProperty("type").GetString().ShouldBe("invalid_request_error");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_past_the_limit_is_refused_and_nothing_stays(bool lengthKnown)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ByteArrayContent(RandomBytes((3 * 1024 * 1024) + 1)), "file", "big.jsonl" },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/files") { Content = form };
        request.Headers.TransferEncodingChunked = !lengthKnown;

        var error = await Refusal(await scheduler.Client.SendAsync(request), 413);

        error.GetProperty("code").GetString().ShouldBe("file_too_large");
        (await ChunksAsync()).ShouldBe(await FileChunksAsync());
    }

    [Fact]
    public async Task An_upload_cut_half_way_leaves_nothing()
    {
        var tenant = $"cut-{Guid.NewGuid():N}";
        var address = scheduler.Client.BaseAddress!;
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(address.Host, address.Port);
            await using var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /v1/files HTTP/1.1\r\nHost: {address.Authority}\r\n{InternalHeaders.Tenant}: {tenant}\r\n"
                + $"{InternalHeaders.Secret}: {InternalOptions.DevelopmentSecret}\r\n"
                + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 3000000\r\n\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"));
            await stream.WriteAsync(RandomBytes(2_200_000));
            await Eventually.Until(
                "the first chunks are stored", async () => await ChunksAsync() > await FileChunksAsync());
        }

        await Eventually.Until("no chunk is left", async () => await ChunksAsync() == await FileChunksAsync());
        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.files WHERE tenant = @tenant", new { tenant })).ShouldBe(0);
    }

    [Fact]
    public async Task A_list_is_paged_in_either_order()
    {
        using var client = scheduler.ClientOf($"pages-{Guid.NewGuid():N}");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            using var form = new MultipartFormDataContent
            {
                { new StringContent(i == 4 ? "user_data" : "batch"), "purpose" },
                { new ByteArrayContent([1]), "file", "a" },
            };
            ids.Add((await Json(await client.PostAsync("/v1/files", form))).GetProperty("id").GetString()!);
        }

        var newest = await Json(await client.GetAsync("/v1/files?limit=2"));
        var next = await Json(await client.GetAsync($"/v1/files?limit=3&after={newest.GetProperty("last_id")}"));
        var oldest = await Json(await client.GetAsync("/v1/files?order=asc&limit=2"));
        var rest = await Json(await client.GetAsync($"/v1/files?order=asc&after={oldest.GetProperty("last_id")}"));
        var batch = await Json(await client.GetAsync("/v1/files?purpose=batch"));

        Ids(newest).ShouldBe([ids[4], ids[3]]);
        newest.GetProperty("object").GetString().ShouldBe("list");
        newest.GetProperty("first_id").GetString().ShouldBe(ids[4]);
        newest.GetProperty("has_more").GetBoolean().ShouldBeTrue();
        Ids(next).ShouldBe([ids[2], ids[1], ids[0]]);
        next.GetProperty("has_more").GetBoolean().ShouldBeFalse();
        Ids(oldest).ShouldBe([ids[0], ids[1]]);
        Ids(rest).ShouldBe([ids[2], ids[3], ids[4]]);
        Ids(batch).ShouldBe([ids[3], ids[2], ids[1], ids[0]]);
    }

    [Fact]
    public async Task A_client_may_delete_what_it_has_paged_over()
    {
        using var client = scheduler.ClientOf($"cursor-{Guid.NewGuid():N}");
        for (var i = 0; i < 3; i++)
        {
            using var form = new MultipartFormDataContent
            {
                { new StringContent("batch"), "purpose" }, { new ByteArrayContent([1]), "file", "a" },
            };
            await Json(await client.PostAsync("/v1/files", form));
        }

        var first = Ids(await Json(await client.GetAsync("/v1/files?limit=1")))[0];
        await Json(await client.DeleteAsync($"/v1/files/{first}"));

        Ids(await Json(await client.GetAsync($"/v1/files?after={first}"))).Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_empty_list_has_no_ids()
    {
        using var client = scheduler.ClientOf($"nothing-{Guid.NewGuid():N}");

        var list = await Json(await client.GetAsync("/v1/files"));

        list.GetProperty("data").GetArrayLength().ShouldBe(0);
        list.GetProperty("first_id").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
    }

    [Theory]
    [InlineData("limit=0", 400, "limit")]
    [InlineData("limit=10001", 400, "limit")]
    [InlineData("limit=ten", 400, "limit")]
    [InlineData("limit=-1", 400, "limit")]
    [InlineData("order=up", 400, "order")]
    [InlineData("after=file-00000000000000000000000000000000", 404, "after")]
    [InlineData("after=nonsense", 404, "after")]
    public async Task A_bad_list_request_is_refused(string query, int status, string param)
    {
        var error = await Refusal(await scheduler.Client.GetAsync($"/v1/files?{query}"), status);

        error.GetProperty("param").GetString().ShouldBe(param);
    }

    [Fact]
    public async Task A_foreign_tenant_finds_nothing()
    {
        var id = await scheduler.UploadAsync("x");
        using var stranger = scheduler.ClientOf("stranger");

        await Refusal(await stranger.GetAsync($"/v1/files/{id}"), 404);
        await Refusal(await stranger.GetAsync($"/v1/files/{id}/content"), 404);
        await Refusal(await stranger.DeleteAsync($"/v1/files/{id}"), 404);
        await Refusal(await stranger.GetAsync($"/v1/files?after={id}"), 404);
        (await Json(await stranger.GetAsync("/v1/files"))).GetProperty("data").GetArrayLength().ShouldBe(0);
        await scheduler.GetAsync($"/v1/files/{id}");
    }

    [Theory]
    [InlineData("file-00000000000000000000000000000000")]
    [InlineData("file-xyz")]
    [InlineData("batch_00000000000000000000000000000000")]
    public async Task An_unknown_id_is_not_found(string id)
    {
        var error = await Refusal(await scheduler.Client.GetAsync($"/v1/files/{id}"), 404);

        error.GetProperty("type").GetString().ShouldBe("not_found_error");
        await Refusal(await scheduler.Client.GetAsync($"/v1/files/{id}/content"), 404);
        await Refusal(await scheduler.Client.DeleteAsync($"/v1/files/{id}"), 404);
    }

    [Fact]
    public async Task A_deleted_file_is_gone_and_its_bytes_follow()
    {
        var id = await scheduler.UploadAsync("to be deleted");

        var answer = await Json(await scheduler.Client.DeleteAsync($"/v1/files/{id}"));

        answer.GetRawText().ShouldBe($$"""{"id":"{{id}}","object":"file","deleted":true}""");
        await Refusal(await scheduler.Client.GetAsync($"/v1/files/{id}"), 404);
        await Refusal(await scheduler.Client.GetAsync($"/v1/files/{id}/content"), 404);
        await Refusal(await scheduler.Client.DeleteAsync($"/v1/files/{id}"), 404);
        await Eventually.Until("its bytes are removed", async () => await scheduler.ScalarAsync<bool>(
            """
            SELECT f.purged_at IS NOT NULL AND NOT EXISTS (
                SELECT FROM scheduler.blob_chunks c WHERE c.blob_id = f.blob_id)
            FROM scheduler.files f WHERE f.id = @id
            """,
            new { id = Guid.Parse(id[5..]) }));
    }

    [Fact]
    public async Task A_request_without_the_secret_is_refused()
    {
        using var client = new HttpClient { BaseAddress = scheduler.Client.BaseAddress };

        using var answer = await client.GetAsync("/v1/files");

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static IReadOnlyList<string> Ids(System.Text.Json.JsonElement list) =>
        [.. list.GetProperty("data").EnumerateArray().Select(f => f.GetProperty("id").GetString()!)];

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private Task<long> ChunksAsync() => scheduler.ScalarAsync<long>("SELECT count(*) FROM scheduler.blob_chunks");

    private Task<long> FileChunksAsync() => scheduler.ScalarAsync<long>(
        "SELECT count(*) FROM scheduler.blob_chunks WHERE blob_id IN (SELECT blob_id FROM scheduler.files)");
}
