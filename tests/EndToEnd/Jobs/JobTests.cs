using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Jobs;

public sealed class JobTests(SluiceFixture sluice)
{
    [Fact]
    public async Task Tasks_are_run_as_a_batch_and_http_calls_an_allowed_host()
    {
        var url = new Uri(sluice.Cluster.Upstream.Address, "/v1/chat/completions");
        var created = await sluice.Api.PostAsync("/api/jobs", new JsonArray(
            new JsonObject { ["type"] = "echo", ["data"] = "hello", ["custom_id"] = "a", ["priority"] = "high" },
            new JsonObject
            {
                ["type"] = "http",
                ["custom_id"] = "b",
                ["priority"] = "high",
                ["data"] = new JsonObject
                {
                    ["url"] = url.ToString(),
                    ["body"] = new JsonObject
                    {
                        ["model"] = "any",
                        ["messages"] = Api.SluiceApi.Message("@sim count tokens=2"),
                    },
                },
            }));

        created.Status.ShouldBe(HttpStatusCode.Accepted, created.Text);
        var id = created.Json["id"]!.GetValue<string>();
        var job = await Eventually.Value(
            $"the job {id} ended",
            async () => (await sluice.Api.GetAsync($"/api/jobs/{id}")).Ok() is var seen && seen["ended_at"] is not null
                ? seen
                : null,
            TimeSpan.FromMinutes(1));
        job["state"]!.GetValue<string>().ShouldBe("completed", job.ToJsonString());
        var results = job["results"]!.AsArray().ToDictionary(r => r!["custom_id"]!.GetValue<string>());
        results["a"]!["response"]!["body"]!.GetValue<string>().ShouldBe("hello");
        results["b"]!["response"]!["body"]!["choices"]![0]!["message"]!["content"]!.GetValue<string>().ShouldBe("0 1");
    }

    [Fact]
    public async Task A_host_that_nobody_allowed_is_refused_before_anything_is_stored()
    {
        var refused = await sluice.Api.PostAsync("/api/jobs", new JsonObject
        {
            ["type"] = "http",
            ["data"] = new JsonObject { ["url"] = "http://169.254.169.254/latest/meta-data" },
        });

        refused.Status.ShouldBe(HttpStatusCode.BadRequest, refused.Text);
        refused.Json["code"]!.GetValue<string>().ShouldBe("host_not_allowed");
    }
}
