using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.BadInput;

public sealed class FilesBadInputTests(SluiceFixture sluice)
{
    private const string UnknownFile = "file-00000000000000000000000000000000";

    [Theory]
    [InlineData(UnknownFile)]
    [InlineData("nonsense")]
    [InlineData("file-zzzz")]
    public async Task An_unknown_id_is_named(string id)
    {
        (await sluice.Api.GetAsync($"/v1/files/{id}")).ShouldBeRefused(404, id);
        (await sluice.Api.GetAsync($"/v1/files/{id}/content")).ShouldBeRefused(404, id);
        (await sluice.Api.SendAsync(HttpMethod.Delete, $"/v1/files/{id}")).ShouldBeRefused(404, id);
    }

    [Fact]
    public async Task A_file_of_another_tenant_does_not_exist()
    {
        var id = await sluice.Api.UploadAsync("{}\n");
        using var other = sluice.Cluster.Api(TestKeys.Other);

        (await other.GetAsync($"/v1/files/{id}")).ShouldBeRefused(404, id);
        (await other.GetAsync($"/v1/files/{id}/content")).ShouldBeRefused(404, id);
        (await other.SendAsync(HttpMethod.Delete, $"/v1/files/{id}")).ShouldBeRefused(404, id);
        (await other.TryCreateBatchAsync(id)).ShouldBeRefused(404, "input_file_id");
        (await other.GetAsync($"/v1/files?after={id}")).ShouldBeRefused(404, id);
        (await sluice.Api.GetAsync($"/v1/files/{id}")).Ok();
    }

    [Fact]
    public async Task A_deleted_file_is_gone()
    {
        var id = await sluice.Api.UploadAsync("{}\n");
        (await sluice.Api.SendAsync(HttpMethod.Delete, $"/v1/files/{id}")).Ok();

        (await sluice.Api.GetAsync($"/v1/files/{id}")).ShouldBeRefused(404, id);
        (await sluice.Api.SendAsync(HttpMethod.Delete, $"/v1/files/{id}")).ShouldBeRefused(404, id);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("limit=-5", "limit")]
    [InlineData("limit=99999999999999", "limit")]
    [InlineData("order=sideways", "order")]
    public async Task A_wrong_query_parameter_is_named(string query, string param) =>
        (await sluice.Api.GetAsync($"/v1/files?{query}")).ShouldBeRefused(400, param);

    [Fact]
    public async Task A_form_without_a_file_or_a_purpose_is_refused()
    {
        using var noFile = new MultipartFormDataContent { { new StringContent("batch"), "purpose" } };
        using var noPurpose = new MultipartFormDataContent { { new ByteArrayContent([1]), "file", "a.jsonl" } };

        (await sluice.Api.SendAsync(HttpMethod.Post, "/v1/files", noFile)).ShouldBeRefused(400, "file");
        (await sluice.Api.SendAsync(HttpMethod.Post, "/v1/files", noPurpose)).ShouldBeRefused(400, "purpose");
    }

    [Fact]
    public async Task A_body_that_is_no_form_is_refused()
    {
        (await sluice.Api.PostTextAsync("/v1/files", "{}")).ShouldBeRefused(400);
        (await sluice.Api.PostTextAsync("/v1/files", "")).ShouldBeRefused(400);
    }

    [Fact]
    public async Task An_unknown_purpose_and_an_empty_file_are_refused()
    {
        (await sluice.Api.TryUploadAsync("{}\n"u8.ToArray(), purpose: "mischief")).ShouldBeRefused(400, "purpose");
        (await sluice.Api.TryUploadAsync([])).ShouldBeRefused(400, "empty");
    }

    [Fact]
    public async Task A_file_past_the_limit_is_refused_and_not_stored()
    {
        var before = await CountAsync();
        using var content = new PieceContent(new byte[1024 * 1024], 215);

        var answer = await sluice.Api.TryUploadAsync(content);

        answer.ShouldBeRefused(413);
        (await CountAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task An_upload_that_is_cut_half_way_stores_nothing()
    {
        var name = $"cut-{Guid.NewGuid():N}.jsonl";
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(sluice.Url.Host, sluice.Url.Port);
            var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                "POST /v1/files HTTP/1.1\r\nHost: sluice\r\nAuthorization: Bearer " + TestKeys.Dev
                + "\r\nContent-Type: multipart/form-data; boundary=cut\r\nContent-Length: 4000000\r\n\r\n"
                + "--cut\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--cut\r\n"
                + $"Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"));
            await stream.WriteAsync(new byte[2_000_000]);
        }

        // The cut upload holds nothing: the server lists and stores files as before.
        var whole = await sluice.Api.UploadAsync("{}\n");
        var files = (await sluice.Api.GetAsync("/v1/files?limit=10000")).Ok()["data"]!.AsArray();
        files.Select(f => f!["id"]!.GetValue<string>()).ShouldContain(whole);
        files.Select(f => f!["filename"]!.GetValue<string>()).ShouldNotContain(name);
    }

    [Fact]
    public async Task A_form_that_ends_early_is_refused_and_not_stored()
    {
        var name = $"short-{Guid.NewGuid():N}.jsonl";
        using var content = new StringContent(
            "--cut\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--cut\r\n"
            + $"Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
            + new string('x', 100_000));
        content.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "cut") } };

        var answer = await sluice.Api.SendAsync(HttpMethod.Post, "/v1/files", content);

        answer.ShouldBeRefused(400);
        var files = (await sluice.Api.GetAsync("/v1/files?limit=10000")).Ok()["data"]!.AsArray();
        files.Select(f => f!["filename"]!.GetValue<string>()).ShouldNotContain(name);
    }

    [Fact]
    public async Task Refused_and_cut_uploads_leave_no_bytes_behind()
    {
        await using var cluster = await TestCluster.StartSharedAsync(o => o with { Workers = 0 });
        using var api = cluster.Api();
        (await api.TryUploadAsync(new byte[3_000_000], purpose: "mischief")).ShouldBeRefused(400);
        using var cut = new StringContent(
            "--cut\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--cut\r\n"
            + "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n" + new string('x', 3_000_000));
        cut.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "cut") } };
        (await api.SendAsync(HttpMethod.Post, "/v1/files", cut)).ShouldBeRefused(400);

        await Eventually.Until(
            "no chunk is left",
            async () => await cluster.ScalarAsync("SELECT count(*) FROM scheduler.blob_chunks") is 0L);
    }

    private async Task<int> CountAsync() =>
        (await sluice.Api.GetAsync("/v1/files?limit=10000")).Ok()["data"]!.AsArray().Count(IsLarge);

    private static bool IsLarge(JsonNode? file) => file!["bytes"]!.GetValue<long>() > 100_000_000;
}
