using System.Text;
using Shouldly;
using Sluice.BatchStore.Lines;
using Xunit;

namespace Sluice.Tests.Unit.BatchStore;

public sealed class BatchRequestTests
{
    [Theory]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/x","body":{"m":1}}""", "\"a\"", "{\"m\":1}")]
    [InlineData("""{ "body" : { "x" : [1, {}] } , "custom_id" : "a\"b" }""", "\"a\\\"b\"", "{ \"x\" : [1, {}] }")]
    [InlineData("""{"custom\u005fid":"a","nested":{"custom_id":"b","body":{}},"body":{}}""", "\"a\"", "{}")]
    [InlineData("""{"custom_id":"a","custom_id":"b","body":{}}""", "\"b\"", "{}")]
    [InlineData("""{"body":{}}""", "null", "{}")]
    [InlineData("""{"custom_id":17,"body":"text"}""", "null", "")]
    public void The_members_are_slices_of_the_line(string line, string customId, string body)
    {
        BatchRequest.TryParse(Encoding.UTF8.GetBytes(line), out var request).ShouldBeTrue();

        Encoding.UTF8.GetString(request.CustomId.Span).ShouldBe(customId);
        Encoding.UTF8.GetString(request.Body.Span).ShouldBe(body);
    }

    [Theory]
    [InlineData("""{"url":"/v1/x","type":"t"}""", "/v1/x", "t", "", null)]
    [InlineData("""{"url":"\/v1\/x"}""", "/v1/x", "", "", null)]
    [InlineData("""{"type":"ec\u0068o","data":[1, 2],"max_retries":3}""", "", "echo", "[1, 2]", 3)]
    [InlineData("""{"type":"echo","data":null,"max_retries":"3"}""", "", "echo", "null", null)]
    [InlineData("""{"url":17,"type":"\ud800"}""", "", "", "", null)]
    public void A_request_has_a_url_and_a_task_a_type(string line, string url, string type, string data, int? retries)
    {
        BatchRequest.TryParse(Encoding.UTF8.GetBytes(line), out var request).ShouldBeTrue();

        Encoding.UTF8.GetString(request.Url.Span).ShouldBe(url);
        Encoding.UTF8.GetString(request.Type.Span).ShouldBe(type);
        Encoding.UTF8.GetString(request.Data.Span).ShouldBe(data);
        request.MaxRetries.ShouldBe(retries);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("no json")]
    [InlineData("{\"body\":{}")]
    [InlineData("{\"\\ud800\":1}")]
    public void A_line_that_is_no_object_is_refused(string line)
    {
        BatchRequest.TryParse(Encoding.UTF8.GetBytes(line), out _).ShouldBe(false);
    }
}
